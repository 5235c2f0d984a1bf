#!/bin/sh
# The pure rooms call no clock, socket, file, environment or thread: their library does not even name
# such a function.
set -eu
library=$1
[ -r "$library" ]
nm -u -C "$library" 2>/dev/null | awk '
  $1 == "U" {
    name = substr($0, index($0, "U ") + 2)
    sub(/@.*/, "", name)
    bare = name
    sub(/\(.*/, "", bare)
    sub(/64(_2)?$|_2$/, "", bare)
    sub(/^__isoc99_/, "", bare)
    if (bare ~ /^(clock_gettime|clock_nanosleep|gettimeofday|time|localtime|gmtime|nanosleep|usleep|sleep)$/ ||
        name ~ /(steady|system|high_resolution)_clock::now/ ||
        bare ~ /^(socket|socketpair|bind|listen|accept|accept4|connect|shutdown|setsockopt|poll|ppoll|select|getaddrinfo)$/ ||
        bare ~ /^(send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|epoll_.*|eventfd|timerfd_.*|signalfd)$/ ||
        bare ~ /^(open|openat|creat|fopen|fdopen|read|write|pread|pwrite|stat|unlink|rename|mkdir|opendir)$/ ||
        name ~ /std::(basic_)?[io]?f(stream|ilebuf)|std::filesystem|std::cout|std::cerr|std::cin/ ||
        bare ~ /^(getenv|secure_getenv|setenv|environ|rand|srand|random|drand48|getrandom|getentropy)$/ ||
        name ~ /std::random_device|std::thread|std::this_thread/ ||
        bare ~ /^(pthread_create|fork|execve|system|popen|getpid|printf|puts|__printf_chk|__fprintf_chk)$/) {
      print "not pure: " name
      bad = 1
    }
    count++
  }
  END {
    if (count < 10) { print "nm shows hardly a symbol: is this the right library?"; bad = 1 }
    exit bad
  }'
