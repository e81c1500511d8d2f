"""Adapters by name: a folder here, or another distribution's entry point.

Nothing is imported before it is asked for, so an adapter that nobody uses costs no memory. A folder
here keeps its adapter in `adapter.py` and its settings in `settings.py`; an entry point of the
group "paperboy.adapters" names a class, as in `matrix = "paperboy_matrix.adapter:MatrixAdapter"`.
"""

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from bot.chat.adapter import ChatAdapter
from bot.chat.errors import SetupFailed
from bot.settings import AdapterSettings

GROUP = "paperboy.adapters"


def names() -> tuple[str, ...]:
    """All adapters that are installed: our own, then others', each in the order of the alphabet.

    An entry point with the name of one of ours is left out: it cannot take its place.
    """
    own = _own()
    return (*own, *sorted(_others().keys() - set(own)))


def load(name: str) -> type[ChatAdapter]:
    """The adapter called `name`, imported now. Raises SetupFailed where there is none that works."""
    if name in _own():
        return next(cls for cls in _classes(f"adapters.{name}.adapter") if issubclass(cls, ChatAdapter))
    found = _imported(name, _entry(name))
    if not (isinstance(found, type) and issubclass(found, ChatAdapter)):
        raise SetupFailed(
            f"The adapter {name} is {found!r}, not a ChatAdapter.",
            f'Name a subclass of bot.chat.adapter.ChatAdapter in the entry point "{GROUP}".',
        )
    return found


def settings(name: str) -> type[AdapterSettings]:
    """The settings of the adapter called `name`; of our own, without importing the adapter.

    Raises SetupFailed as `load` does.
    """
    if name in _own():
        return next(cls for cls in _classes(f"adapters.{name}.settings") if issubclass(cls, AdapterSettings))
    return load(name).settings


def _own() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in iter_modules(__path__) if module.ispkg))


def _others() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _entry(name: str) -> EntryPoint:
    try:
        return _others()[name]
    except KeyError:
        known = ", ".join(names())
        raise SetupFailed(f"There is no adapter called {name}.", f"Use one of these: {known}.") from None


def _imported(name: str, entry: EntryPoint) -> object:
    """What `entry` names. Raises SetupFailed with the reason where it cannot be imported."""
    try:
        found: object = entry.load()
    except (ImportError, AttributeError) as error:
        raise SetupFailed(f"The adapter {name} cannot be imported: {error}.", "Install it anew.") from error
    return found


def _classes(module: str) -> list[type]:
    """The classes that `module` defines."""
    values = vars(import_module(module)).values()
    return [value for value in values if isinstance(value, type) and value.__module__ == module]
