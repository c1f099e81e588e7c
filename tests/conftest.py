"""Names the modules that hold fixtures; holds none itself."""

pytest_plugins = ["support.kubernetes_fixture", "support.temporal_fixture"]
