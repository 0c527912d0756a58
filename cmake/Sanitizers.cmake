if(TOCSIN_SANITIZE)
	add_compile_options(-O1 -g -fno-omit-frame-pointer
		-fsanitize=address,undefined -fno-sanitize-recover=all)
	add_link_options(-fsanitize=address,undefined)
endif()
if(TOCSIN_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
