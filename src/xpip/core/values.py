"""`dataclass`, made ready when the first value is made.

The standard library writes and compiles six methods for a frozen dataclass when its module is
imported, which takes some 0.4 ms; a command imports 150 of them, and makes values of a third.
Here a class has its slots at once, and is given what the standard library makes of it when
somebody makes a value, or asks for the class's fields. Type checkers see the standard library's own
decorator, and all but frozen classes with slots get it.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        plain: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        order: bool = False,
        **told: bool,
    ) -> type | Callable[[type], type]:
        """As `dataclasses.dataclass`."""
        if frozen and slots and not order:
            return lambda plain: _made_late(plain, told)
        return dataclasses.dataclass(plain, frozen=frozen, slots=slots, order=order, **told)


__all__ = ["dataclass"]

_OF_CLASSES = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")


def _made_late(plain: type, told: dict[str, bool]) -> type:
    """The class with slots for its fields, and methods that make themselves when called."""
    own = {k: v for k, v in vars(plain).items() if k not in ("__dict__", "__weakref__")}
    names = tuple(inspect.get_annotations(plain))
    methods = ["__repr__", *(["__eq__", "__hash__"] if told.get("eq", True) else []), "__init__"]

    def made() -> type:
        # A class of its own each time: that two threads are here at once does no harm.
        again = type(plain.__name__, plain.__bases__, dict(own))
        again.__doc__ = plain.__doc__ or " "  # the standard library would write one
        ready = vars(dataclasses.dataclass(frozen=True, **told)(again))
        for name in (*_OF_CLASSES, *methods):
            setattr(slotted, name, ready[name])
        return slotted

    body = {name: value for name, value in own.items() if name not in names}
    body |= {name: _When(name, made) for name in _OF_CLASSES}
    body |= {name: _when_called(name, made) for name in methods if name not in own}
    body |= {"__slots__": names, "__setattr__": _refuse, "__delattr__": _refuse}
    body |= {"__getstate__": _state, "__setstate__": _set_state}
    slotted = type(plain)(plain.__name__, plain.__bases__, body)
    slotted.__qualname__ = plain.__qualname__
    return slotted


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
