"""Manifests as people write them: YAML files in, resources or findings with file and line out."""
