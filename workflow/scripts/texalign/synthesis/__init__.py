"""Images made to have an exemplar's representation."""
