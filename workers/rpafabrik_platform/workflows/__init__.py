"""The workflows of the platform, and the pure decisions beside them. Nothing here does I/O."""
