"""`dataclass`, made ready when it is used, and only as far as it is.

The standard library writes and compiles six methods for a frozen dataclass when its module is
imported, which takes some 0.4 ms; a command imports 150 of them, and makes values of a third.
Here a class has its slots at once. Its `__init__` is compiled when somebody makes a value, and the
rest is taken from what the standard library makes of the class when somebody compares values, shows
one, or asks for the class's fields. Type checkers see the standard library's own decorator, and all
but frozen classes with slots get it.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        plain: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        **told: bool,
    ) -> type | Callable[[type], type]:
        """As `dataclasses.dataclass`."""
        if frozen and slots:
            return lambda plain: _made_late(plain, told)
        return dataclasses.dataclass(plain, frozen=frozen, slots=slots, **told)


__all__ = ["dataclass", "field_names", "replace"]

Value = TypeVar("Value")

_OF_CLASSES = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_DEFAULTS: dict[type, dict[str, Any]] = {}
"""Of each class that is made late: its fields, inherited ones included, and what is known of each:
a default, a `field()`, or `MISSING`."""


def field_names(kind: type) -> tuple[str, ...]:
    """The names of its fields, by which nothing is made ready."""
    known = _DEFAULTS.get(kind)
    return tuple(known or (each.name for each in dataclasses.fields(kind)))


def replace(value: Value, /, **changes: Any) -> Value:
    """As `dataclasses.replace`, but nothing more is made ready than to make a value."""
    kind = type(value)
    old = {name: getattr(value, name) for name in field_names(kind) if name not in changes}
    return kind(**old, **changes)


def _made_late(plain: type, told: dict[str, bool]) -> type:
    """The class with slots for its fields, and methods that make themselves when called."""
    others = (base for base in plain.__mro__ if base not in _DEFAULTS)
    if hasattr(plain, "__post_init__") or any("__dataclass_fields__" in vars(b) for b in others):
        made_now: type = dataclasses.dataclass(plain, frozen=True, slots=True, **told)
        return made_now
    own = {k: v for k, v in vars(plain).items() if k not in ("__dict__", "__weakref__")}
    names = tuple(inspect.get_annotations(plain))
    methods = ["__repr__", *(["__eq__", "__hash__"] if told.get("eq", True) else [])]
    methods += ["__lt__", "__le__", "__gt__", "__ge__"] if told.get("order") else []

    def made() -> type:
        # A class of its own each time: that two threads are here at once does no harm.
        again = type(plain.__name__, plain.__bases__, dict(own))
        again.__doc__ = plain.__doc__ or " "  # the standard library would write one
        ready = vars(dataclasses.dataclass(frozen=True, **told)(again))
        for name in (*_OF_CLASSES, *methods):
            setattr(slotted, name, ready[name])
        return slotted

    def initialised() -> type:
        slotted.__init__ = _initialiser(slotted, _DEFAULTS[slotted], **told)  # type: ignore[misc]
        return slotted

    body = {name: value for name, value in own.items() if name not in names}
    body |= {name: _When(name, made) for name in _OF_CLASSES}
    body |= {name: _when_called(name, made) for name in methods if name not in own}
    body |= {"__init__": _when_called("__init__", initialised)}
    body |= {"__slots__": names, "__setattr__": _refuse, "__delattr__": _refuse}
    body |= {"__getstate__": _state, "__setstate__": _set_state}
    slotted = type(plain)(plain.__name__, plain.__bases__, body)
    slotted.__qualname__ = plain.__qualname__
    inherited = [_DEFAULTS[base] for base in reversed(plain.__mro__) if base in _DEFAULTS]
    _DEFAULTS[slotted] = {name: value for known in inherited for name, value in known.items()}
    _DEFAULTS[slotted] |= {name: own.get(name, dataclasses.MISSING) for name in names}
    return slotted


def _initialiser(
    kind: type, defaults: dict[str, Any], *, kw_only: bool = False, **_: bool
) -> Callable[..., None]:
    """What fills the slots of a new value."""
    known: dict[str, Any] = {"left_out": dataclasses.MISSING}
    parameters, lines = [], []
    for name, said in defaults.items():
        default, factory = _default(said)
        known |= {f"set_{name}": getattr(kind, name).__set__, f"default_{name}": default}
        if factory is not dataclasses.MISSING:
            known |= {f"make_{name}": factory, f"default_{name}": dataclasses.MISSING}
            lines.append(f" if {name} is left_out: {name} = make_{name}()\n")
        is_needed = default is factory is dataclasses.MISSING
        parameters.append(name if is_needed else f"{name}=default_{name}")
        lines.append(f" set_{name}(self, {name})\n")
    star = "*, " if kw_only and parameters else ""
    text = f"def __init__(self, {star}{', '.join(parameters)}):\n{''.join(lines)} pass\n"
    exec(text, known)  # noqa: S102 - of names of fields, as the standard library has it
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    return made


def _default(said: Any) -> tuple[Any, Any]:
    """The default that a field has, or what makes it; `MISSING` for what there is not."""
    if isinstance(said, dataclasses.Field):
        return said.default, said.default_factory
    return said, dataclasses.MISSING


def _when_called(name: str, made: Callable[[], type]) -> Callable[..., Any]:
    def method(*positional: Any, **named: Any) -> Any:
        return getattr(made(), name)(*positional, **named)

    return method


class _When:
    """An attribute of a class that is there when it is asked for."""

    def __init__(self, name: str, made: Callable[[], type]) -> None:
        self._name = name
        self._made = made

    def __get__(self, value: object, owner: type) -> Any:
        return getattr(self._made(), self._name)


def _refuse(self: object, name: str, *_: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{name} of {type(self).__name__} stays as it is")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
