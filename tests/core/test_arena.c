#include "core/arena.h"
#include "tests/support/check.h"

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct tcs_arena *arena = tcs_arena_new(1 << 20);
	unsigned char *before = NULL;

	(void)state;
	assert_non_null(arena);
	for (size_t n = 1; n < 9000; n = n * 3 + 1) {
		unsigned char *p = tcs_arena_alloc(arena, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
		assert_ptr_not_equal(p, before);
		before = p;
	}
	tcs_arena_free(&arena);
	assert_null(arena);
	tcs_arena_free(&arena);
	tcs_arena_free(NULL);
}

static void
the_limit_bounds_the_sum(void **state)
{
	struct tcs_arena *arena = tcs_arena_new(100);

	(void)state;
	assert_non_null(tcs_arena_alloc(arena, 60));
	assert_null(tcs_arena_alloc(arena, 41));
	assert_null(tcs_arena_alloc(arena, SIZE_MAX));
	assert_null(tcs_arena_alloc(arena, SIZE_MAX - 60));
	assert_non_null(tcs_arena_alloc(arena, 40));
	assert_int_equal(tcs_arena_used(arena), 100);
	assert_null(tcs_arena_alloc(arena, 1));
	tcs_arena_free(&arena);
}

static void
texts_are_copied_with_their_nul_in_the_count(void **state)
{
	struct tcs_arena *arena = tcs_arena_new(10);

	(void)state;
	check_text(tcs_arena_dup(arena, tcs_slice("abcd", 3)), "abc");
	assert_null(tcs_arena_dup(arena, tcs_slice(NULL, 0)));
	assert_null(tcs_arena_dup(arena, tcs_slice_str("123456")));
	check_text(tcs_arena_printf(arena, "n%d", 12), "n12");
	assert_null(tcs_arena_printf(arena, "n%d", 12));
	check_text(tcs_arena_dup(arena, tcs_slice_str("1")), "1");
	assert_int_equal(tcs_arena_used(arena), 10);
	tcs_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
	    cmocka_unit_test(the_limit_bounds_the_sum),
	    cmocka_unit_test(texts_are_copied_with_their_nul_in_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
