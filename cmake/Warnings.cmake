# The warnings of the project, for gcc and clang alike.
add_compile_options(
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wundef -Wvla
	-Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes
	-Wswitch-enum -Wimplicit-fallthrough)
add_compile_definitions(_GNU_SOURCE)
if(TOCSIN_WERROR)
	add_compile_options(-Werror)
endif()
