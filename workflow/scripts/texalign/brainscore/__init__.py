"""Brain-Scores of networks, and their correlation with what the study measured."""
