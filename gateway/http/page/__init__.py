"""The page that `/` shows: one document, one style sheet, one script, served as they are."""
