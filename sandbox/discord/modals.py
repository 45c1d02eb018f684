"""What a modal may be, and what a person may type into one (Discord: Component Reference; Interaction Response)."""

from collections.abc import Sequence

from sandbox.discord.choosing import check_choice_of
from sandbox.discord.components import SELECTS, Kind
from sandbox.discord.errors import FormCheck
from sandbox.discord.seen import ClientRefused
from sandbox.discord.wire import Json

IN_LABEL = SELECTS | {Kind.TEXT_INPUT, Kind.FILE_UPLOAD}


def check_modal(form: FormCheck, data: Json) -> None:
    """Text inputs, selects and file uploads, each in a label (or, as of old, a text input in a row), and texts."""
    form.text("data.custom_id", data.get("custom_id"), least=1, most=100)
    form.text("data.title", data.get("title"), least=1, most=45)
    for number, item in enumerate(form.count("data.components", data.get("components"), least=1, most=5)):
        path = f"data.components.{number}"
        match item.get("type"):
            case Kind.TEXT:
                form.text(f"{path}.content", item.get("content"), least=1, most=4000)
            case Kind.LABEL:
                form.text(f"{path}.label", item.get("label"), least=1, most=45)
                form.optional_text(f"{path}.description", item.get("description"), least=1, most=100)
                _check_field(form, f"{path}.component", item.get("component") or {})
            case Kind.ROW:
                for child in form.count(f"{path}.components", item.get("components"), least=1, most=1):
                    form.text(f"{path}.components.0.label", child.get("label"), least=1, most=45)
                    _check_field(form, f"{path}.components.0", child)
            case _:
                form.fail(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field must be one of (1, 10, 18).")


def modal_fields(modal: Json) -> list[tuple[str, Json]]:
    """(label, component) of everything that can be filled in."""
    fields: list[tuple[str, Json]] = []
    for item in modal["components"]:
        if item["type"] == Kind.LABEL:
            fields.append((item["label"], item["component"]))
        elif item["type"] == Kind.ROW:
            fields += [(child["label"], child) for child in item["components"]]
    return fields


def checked_field(label: str, component: Json, value: str | Sequence[str]) -> str | list[str]:
    """What goes into one field, as the client takes it: words into a text input, a list into a select.

    Raises ClientRefused.
    """
    is_needed = component.get("required", True)
    if component["type"] in SELECTS:
        values = [value] if isinstance(value, str) and value else list(value)
        if values or is_needed:
            check_choice_of(component, values)
        return values
    if component["type"] == Kind.FILE_UPLOAD and not value and not is_needed:
        return []
    if component["type"] != Kind.TEXT_INPUT or not isinstance(value, str):
        raise ClientRefused(f"{label}: that cannot be filled in here")
    least, most = component.get("min_length") or 0, component.get("max_length") or 4000
    if (is_needed and not value) or (value and not least <= len(value) <= most):
        raise ClientRefused(f"{label}: {len(value)} characters, not {max(1, least)} to {most}")
    return value


def filled_modal(modal: Json, values: dict[str, object]) -> list[Json]:
    """The components that Discord sends when the modal is submitted; `values` is keyed by custom id."""
    shown: list[Json] = []
    for number, item in enumerate(modal["components"], 1):
        head = {"type": item["type"], "id": item.get("id") or number}
        if item["type"] == Kind.LABEL:
            shown.append(head | {"component": _filled(item["component"], values)})
        elif item["type"] == Kind.ROW:
            shown.append(head | {"components": [_filled(child, values) for child in item["components"]]})
        else:
            shown.append(head)
    return shown


def _filled(component: Json, values: dict[str, object]) -> Json:
    custom_id = component["custom_id"]
    head = {"type": component["type"], "id": component.get("id") or 100, "custom_id": custom_id}
    if component["type"] == Kind.TEXT_INPUT:
        return head | {"value": values.get(custom_id, component.get("value") or "")}
    return head | {"values": values.get(custom_id, [])}


def _check_field(form: FormCheck, path: str, component: Json) -> None:
    if component.get("type") not in IN_LABEL:
        form.fail(f"{path}.type", "UNION_TYPE_CHOICES", "This component cannot be used in a modal here.")
    form.text(f"{path}.custom_id", component.get("custom_id"), least=1, most=100)
    form.optional_text(f"{path}.value", component.get("value"), most=4000)
    form.optional_text(f"{path}.placeholder", component.get("placeholder"), most=150)
    form.whole(f"{path}.min_length", component.get("min_length"), least=0, most=4000)
    form.whole(f"{path}.max_length", component.get("max_length"), least=1, most=4000)
