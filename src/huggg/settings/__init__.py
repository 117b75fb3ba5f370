"""Settings: each has a name, a default and a sentence, and is read once from the environment."""
