"""What a study found, in words and tables that are made from its tables: the first page of its report."""
