"""Many small cases in one test: of microseconds each, a test for each is mostly overhead."""

from functools import partial


def each(*cases):
    """Have a test tried with each of the ``pytest.param``, and fail with all that fail, by id."""

    def decorate(test):
        run = partial(_try, test, cases)

        # Not functools.wraps: pytest would look for fixtures of the test's own parameters.
        def tried():
            run()

        tried.__name__, tried.__doc__ = test.__name__, test.__doc__
        tried.__module__ = test.__module__
        return tried

    return decorate


def _try(test, cases):
    assert cases, "There is no case."
    failed = []
    for case in cases:
        try:
            test(*case.values)
        except AssertionError as error:
            failed.append(f"{case.id}: {error}")
    assert not failed, "\n\n".join([f"{len(failed)} of {len(cases)} fail:", *failed])
