# tocsin_test(core buf)        tests/core/test_buf.c, CTest name core.buf
# tocsin_fuzz(cap LIB ...)     tests/fuzz/fuzz_cap.c; seeds in fuzz_cap.in/
# tocsin_drivers(VAR SYMBOL HEADER STRUCT name ...)
#   generates the table of a folder's drivers, so that a new one is one word.
# tocsin_tables(VAR name ...)
#   generates tcs_tables (territory/tables.h) from config/default/tables.
# tocsin_communes(FILE)
#   makes the communes' file, if what it is made of is there.

function(tocsin_test folder name)
	cmake_parse_arguments(arg "" "" "LIBS;ARGS" ${ARGN})
	set(target test_${folder}_${name})
	add_executable(${target} ${CMAKE_SOURCE_DIR}/tests/${folder}/test_${name}.c)
	target_link_libraries(${target} PRIVATE tocsin_support ${arg_LIBS}
		tocsin_core PkgConfig::CMOCKA)
	set_target_properties(${target} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${folder}.${name} COMMAND ${target} ${arg_ARGS}
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	# 77: what the test needs cannot be had here.
	set_tests_properties(${folder}.${name} PROPERTIES
		TIMEOUT 240 SKIP_RETURN_CODE 77)
endfunction()

# tocsin_tests(rules LIBS tocsin_rules): every tests/rules/test_*.c
function(tocsin_tests folder)
	file(GLOB files CONFIGURE_DEPENDS
		${CMAKE_SOURCE_DIR}/tests/${folder}/test_*.c)
	foreach(file ${files})
		get_filename_component(name ${file} NAME_WE)
		string(REGEX REPLACE "^test_" "" name ${name})
		tocsin_test(${folder} ${name} ${ARGN})
	endforeach()
endfunction()

function(tocsin_fuzz name)
	set(target fuzz_${name})
	set(sources ${CMAKE_SOURCE_DIR}/tests/fuzz/${target}.c)
	if(NOT TOCSIN_FUZZ)
		list(APPEND sources ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
	endif()
	add_executable(${target} ${sources})
	target_link_libraries(${target} PRIVATE ${ARGN} tocsin_core)
	if(TOCSIN_FUZZ)
		target_link_options(${target} PRIVATE -fsanitize=fuzzer)
	endif()
	set_target_properties(${target} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
	add_test(NAME fuzz.${name}
		COMMAND ${target} -runs=0 ${CMAKE_SOURCE_DIR}/tests/fuzz/${target}.in
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120)
endfunction()

function(tocsin_drivers var kind struct header)
	set(file ${CMAKE_BINARY_DIR}/generated/${kind}_registry.c)
	set(declare "")
	set(rows "")
	foreach(name ${ARGN})
		string(APPEND declare "extern const struct ${struct} tcs_${kind}_${name};\n")
		string(APPEND rows "\t&tcs_${kind}_${name},\n")
	endforeach()
	file(CONFIGURE OUTPUT ${file} @ONLY CONTENT
		"#include \"${header}\"\n\n${declare}\nconst struct ${struct} *const tcs_${kind}_registry[] = {\n${rows}\t0,\n};\n")
	set(${var} ${file} PARENT_SCOPE)
endfunction()

function(tocsin_tables var)
	set(folder ${CMAKE_SOURCE_DIR}/config/default/tables)
	set(file ${CMAKE_BINARY_DIR}/generated/tables.c)
	set(bytes "")
	set(rows "")
	foreach(name ${ARGN})
		file(READ ${folder}/${name}.csv hex HEX)
		string(REGEX REPLACE "(..)" "0x\\1," hex "${hex}")
		string(APPEND bytes "static const unsigned char ${name}[] = {${hex}};\n")
		string(APPEND rows "\t{\"${name}\", ${name}, sizeof(${name})},\n")
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
			${folder}/${name}.csv)
	endforeach()
	file(CONFIGURE OUTPUT ${file} @ONLY CONTENT
		"#include \"territory/tables.h\"\n\n${bytes}\nconst struct tcs_table tcs_tables[] = {\n${rows}\t{0},\n};\n")
	set(${var} ${file} PARENT_SCOPE)
endfunction()

function(tocsin_communes file)
	set(cache $ENV{TOCSIN_CACHE})
	set(xdg $ENV{XDG_CACHE_HOME})
	if(NOT cache AND xdg)
		set(cache ${xdg}/tocsin)
	elseif(NOT cache)
		set(cache $ENV{HOME}/.cache/tocsin)
	endif()
	set(TOCSIN_COMMUNES_DATA ${cache}/decoupage-administratif-6.0.0
		CACHE PATH "folder of communes.json and epci.json")
	find_program(NODE NAMES node nodejs)
	set(data ${TOCSIN_COMMUNES_DATA}/communes.json ${TOCSIN_COMMUNES_DATA}/epci.json)
	if(NOT NODE OR NOT EXISTS ${TOCSIN_COMMUNES_DATA}/communes.json)
		message(WARNING "built without the communes, which programs will "
			"know by their codes alone: node, or ${TOCSIN_COMMUNES_DATA}, "
			"is missing; scripts/run and scripts/test fetch them")
		return()
	endif()
	set(script ${CMAKE_SOURCE_DIR}/scripts/communes.js)
	add_custom_command(OUTPUT ${file} DEPENDS ${script} ${data}
		COMMAND ${NODE} ${script} ${TOCSIN_COMMUNES_DATA} ${file}
		COMMENT "Communes" VERBATIM)
	add_custom_target(communes ALL DEPENDS ${file})
endfunction()
