"""YAML files that people write, each mistake in them named with its line and column.

`document` reads them, `nodes` builds the tree that knows all places, `validation` retells what pydantic found in words
of the document, and `mistakes` is what is said and raised. Nothing of it knows what a document is about. Settings,
scenarios and the command line import the module that they need: `mistakes` costs no pydantic.
"""
