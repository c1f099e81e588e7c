"""Names the modules that hold fixtures, and says what holds for every property test."""

from hypothesis import settings

pytest_plugins = [
    "support.logs_fixture",
    "support.kubernetes_fixture",
    "support.helm_fixture",
    "support.node_fixture",
    "support.prometheus_fixture",
    "support.temporal_fixture",
]

# A loaded machine is slow, and a test's time is nobody's proof of anything.
settings.register_profile("rpafabrik", deadline=None)
settings.load_profile("rpafabrik")
