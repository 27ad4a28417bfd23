"""The pages that `/` and `/sessions` show: documents, a style sheet, scripts, served as they are."""
