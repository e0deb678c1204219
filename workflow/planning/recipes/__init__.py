"""How every file of a study comes about: recipes by kind, and the facts of config and user files that enter."""
