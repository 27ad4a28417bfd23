"""From a configuration file, the environment and flags to `Settings`: a flag beats the environment beats the file.

Every value keeps its origin, and every mistake names it: the file with line and column, the variable, or the flag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import get_origin

from pydantic import BaseModel

from gateway.model_types import field_types, types_at
from gateway.settings.consistency import inconsistencies
from gateway.settings.settings import Settings
from gateway.yaml_documents.document import Mistake, Node, Place, YamlDocument, YamlMistakes, did_you_mean, load

PREFIX = "FIXPIT_"
COMMAND_LINE = "command line"
DEFAULT_PROFILE = "exchange"
PROFILES = "gateway.profiles"
"""The package that the folder `config/` is installed as."""


def load_settings(config: str | None, overrides: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """The settings of one venue.

    `config` is None for the shipped demo, a bare word for a shipped profile (`benchmark`), else the path of a file.
    `overrides` are the flags given, by path (`{"fix.port": 0}`); None is a flag not given. Of `environment` the
    variables count that are settings (`FIXPIT_FIX__PORT`), empty ones are not given; lists are written as YAML.
    Raises `YamlMistakes` with everything that is wrong.
    """
    document = _document(config)
    for path, node in [*_from_environment(environment), *_from_flags(overrides)]:
        document = document.replaced(path, node)
    settings = document.validate(Settings)
    mistakes = [document.mistake(path, text) for path, text in inconsistencies(settings)]
    if mistakes:
        raise YamlMistakes(mistakes)
    return settings.with_origins(_origins(document))


def profile_names() -> tuple[str, ...]:
    """The configurations that ship, by the names that `load_settings` takes."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in files(PROFILES).iterdir() if _is_yaml(entry.name))
    )


def _document(config: str | None) -> YamlDocument:
    name = DEFAULT_PROFILE if config is None else config
    if _is_yaml(name) or "/" in name or "\\" in name:
        return load(Path(name))
    profile = files(PROFILES) / f"{name}.yaml"
    if not profile.is_file():
        text = 'no configuration of this name ships (a file is named with its ".yaml")'
        text += did_you_mean(name, profile_names())
        raise YamlMistakes([Mistake(Place(name), "", text)])
    return load(profile.read_text(encoding="utf-8"), f"{name}.yaml")


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _from_environment(environment: Mapping[str, str]) -> list[tuple[tuple[str, ...], Node]]:
    """Variables with `__`, or that are a whole section, are settings; others may be somebody else's."""
    _refuse_slips(environment)
    found = []
    for name, text in environment.items():
        path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if name.startswith(PREFIX) and text and (len(path) > 1 or path[0] in Settings.model_fields):
            found.append((path, load(text, name).root if _has_parts(path) else Node(Place(name), text)))
    return sorted(found, key=lambda one: len(one[0]))


def _refuse_slips(environment: Mapping[str, str]) -> None:
    """`FIXPIT_FIX_PORT` is meant as `FIXPIT_FIX__PORT`, except where Kubernetes sets it for a service `fixpit-fix`."""
    slips = {variable.replace("__", "_"): variable for variable in _variables(Settings, PREFIX)}
    found = [
        Mistake(Place(name), "", f"is no setting, did you mean {slips[name]} (two underscores behind the section)?")
        for name, text in environment.items()
        if slips.get(name, name) != name and "://" not in text
    ]
    if found:
        raise YamlMistakes(found)


def _variables(section: type[BaseModel], prefix: str) -> Iterator[str]:
    """The environment variables of every setting in a section."""
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def _from_flags(overrides: Mapping[str, object]) -> list[tuple[tuple[str, ...], Node]]:
    given = {name: value for name, value in overrides.items() if value is not None}
    return [(tuple(name.split(".")), Node(Place(COMMAND_LINE), value)) for name, value in given.items()]


def _has_parts(path: tuple[str, ...]) -> bool:
    """Whether the setting at `path` is a list or section, which a variable holds as YAML; other text stays as it is."""
    if path[-1] not in field_types(types_at(Settings, path[:-1])):
        return False
    found = types_at(Settings, path)
    origins = [get_origin(one) or one for one in found]
    return any(isinstance(one, type) and issubclass(one, (tuple, BaseModel)) for one in origins)


def _origins(document: YamlDocument) -> dict[str, str]:
    """Where each value stands that is given; an empty one means its default."""
    given = [(path, node.place) for path, node in document.leaves() if node.value is not None]
    return {".".join(path): f"{place.source}:{place.line}" if place.line else place.source for path, place in given}
