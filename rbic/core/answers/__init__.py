"""Reading and comparing final answers; callers use rbic.core.final_answers and .equivalence."""
