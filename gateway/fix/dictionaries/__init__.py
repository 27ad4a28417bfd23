"""One data file for each FIX version that the venue speaks."""
