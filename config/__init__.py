"""The configurations that ship with fixpit, installed as the package `gateway.profiles`.

`fixpit serve --config NAME` finds NAME.yaml here; there is no code in this folder.
"""
