# Each of these does all of its own set-up; `make demo` and `make check` need a Debian 12 and root.
.PHONY: help demo check bench format tidy coverage build install-packages

help:
	@echo 'make demo      build, then stream over two emulated links and cut one'
	@echo 'make check     build, then run every test'
	@echo 'make bench     build, then measure; AEGIS_PEER_... name peers to measure against'
	@echo 'make format    format the sources'
	@echo 'make tidy      clang-tidy over the sources'
	@echo 'make coverage  which lines the tests reach'

install-packages:
	@.ci/install .ci/packages.txt

build: install-packages
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $$(nproc)

demo: install-packages
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $$(nproc) --target aegis aegis-linkemu aegis-demo
	@build/release/tests/demo/aegis-demo

check: install-packages
	@.ci/check

bench: build
	@build/release/tests/bench/aegis-bench

format:
	@.ci/install .ci/packages-developer.txt
	@git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format -i

tidy: install-packages
	@.ci/install .ci/packages-developer.txt
	@cmake --preset release >/dev/null
	@git ls-files -z 'src/*.cpp' 'tests/*.cpp' | \
	  xargs -0 -n 4 -P $$(nproc) clang-tidy --quiet -p build/release

coverage: install-packages
	@.ci/install .ci/packages-developer.txt
	@cmake --preset coverage >/dev/null
	@cmake --build build/coverage -j $$(nproc)
	@ctest --test-dir build/coverage --output-on-failure
	@gcovr --root . --filter src/ --object-directory build/coverage --print-summary \
	  --html-details build/coverage/index.html
