"""Mutants: every protection is taken out once, and the tests that guard it must fail.

    python -m mutants                                  all of them, two at a time
    python -m mutants --only redirect-host             one of them; may be repeated
    python -m mutants --list                           what is promised, and where it is kept
    python -m mutants --record                         all of them, kept in mutants/RESULTS.md

A promise is worth what its test is worth, and a test that has never failed may be worth nothing.
So `mutants.table` says for each protection where it stands, what the code would be without it, and
which tests must fail then. Each is taken out of a copy of the project, and these tests are run
there. Where one of them passes all the same, the mutant survives, and the exit status is 1.
"""
