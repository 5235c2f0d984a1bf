# Brings what was installed for the package into the form that Debian asks for: pages and changelog
# compressed, the configuration where the program reads it, zsh's completion where Debian's zsh looks.
set(root ${CPACK_TEMPORARY_DIRECTORY})
file(MAKE_DIRECTORY ${root}/usr/share/doc/aegis)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${root}/usr/share/doc/aegis
     FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog ${root}/usr/share/doc/aegis/changelog.Debian COPYONLY)
file(MAKE_DIRECTORY ${root}/etc/aegis)
file(RENAME ${root}/usr/share/aegis/aegis.toml ${root}/etc/aegis/aegis.toml)
file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)
file(GLOB pages ${root}/usr/share/man/man*/*.[17] ${root}/usr/share/doc/aegis/changelog.Debian)
execute_process(COMMAND gzip -9nf ${pages} COMMAND_ERROR_IS_FATAL ANY)
