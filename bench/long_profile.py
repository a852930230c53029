"""A pytest plugin (`-p bench.long_profile`): property tests look at many more examples, at random ones."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "long", max_examples=2_000, deadline=None, derandomize=False, suppress_health_check=list(HealthCheck)
)
settings.load_profile("long")
