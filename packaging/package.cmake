# `cpack -G DEB` in a build with the prefix /usr makes the Debian package; tests/package/run does all
# of it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME aegis)
set(CPACK_PACKAGE_CONTACT "The Aegis authors <maintainers@aegis.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "one live stream over several internet links, with SRT and SRTLA")
set(CPACK_PACKAGE_DESCRIPTION
    "Aegis carries a live stream over several internet links at once: a rig in the
field sends, a relay with a public address receives, players play. Links may
be slow, lossy and short-lived; the picture goes on.
.
Both ends speak SRTLA and SRT as other programs do.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_LIST_DIR}/conffiles ${CMAKE_CURRENT_LIST_DIR}/postinst
    ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian_form.cmake)
include(CPack)
