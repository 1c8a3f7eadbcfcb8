"""The published schema is strict, bounded, and what the document says it is."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from arith_synth.submissions.schema import MAX_MEMBERS, MAX_TEXT_CHARACTERS, schema, schema_problems

DOCUMENT = Path(__file__).parents[2] / "docs" / "submissions.md"


def parts(node, place="schema"):
    """All schemas within a schema, with their place."""
    yield place, node
    for name in ("properties", "patternProperties", "$defs"):
        for key, inner in node.get(name, {}).items():
            yield from parts(inner, f"{place}.{key}")
    for name in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(name), dict):
            yield from parts(node[name], f"{place}.{name}")
    for number, inner in enumerate(node.get("oneOf", [])):
        yield from parts(inner, f"{place}.{number}")


def kinds(node):
    kind = node.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def kind_of(node):
    """The type of a field, for people."""
    if "$ref" in node:
        names = {"sha256": "sha256", "identifier": "text", "seed": "integer", "amount": "number or null"}
        return names[node["$ref"].rpartition("/")[2]]
    if "oneOf" in node:
        return " or ".join(map(kind_of, node["oneOf"]))
    names = {"string": "text", "array": "list"}
    return " or ".join(names.get(kind, kind) for kind in kinds(node)) or str(node.get("const", "text"))


def rows_of(node, place=""):
    """The table of fields in docs/submissions.md."""
    rows = []
    for name, member in node["properties"].items():
        rows.append(f"| `{place}{name}` | {kind_of(member)} | {member['description']} |")
        if "properties" in member:
            rows += rows_of(member, f"{place}{name}.")
        if "properties" in member.get("items", {}):
            rows += rows_of(member["items"], f"{place}{name}[].")
    return rows


def test_it_is_a_schema_of_its_draft():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema())


def test_no_object_takes_members_that_nobody_knows():
    for place, node in parts(schema()):
        if "object" in kinds(node):
            assert node["additionalProperties"] is False or "propertyNames" in node, place
            assert "properties" in node or "maxProperties" in node, place


def test_every_text_list_and_number_is_bounded():
    for place, node in parts(schema()):
        if "string" in kinds(node):
            assert node["maxLength"] <= MAX_TEXT_CHARACTERS, place
        if "array" in kinds(node):
            assert node["maxItems"] <= MAX_MEMBERS, place
        if {"number", "integer"} & set(kinds(node)) and "string" not in kinds(node):
            assert {"minimum", "maximum"} <= node.keys(), place


def test_the_document_lists_every_field_as_the_schema_describes_it():
    begins = "| field | type | meaning |\n|---|---|---|\n"
    table = DOCUMENT.read_text().partition(begins)[2].partition("\n\n")[0].strip()
    assert table.splitlines() == rows_of(schema())


@pytest.mark.parametrize("name", list(schema()["required"]))
def test_every_field_is_needed(said, name):
    del said[name]
    assert schema_problems(said) == [f"the document: '{name}' is a required property"]


def test_a_field_that_nobody_knows_is_refused(said):
    said["extra"] = 1
    assert "Additional properties are not allowed" in schema_problems(said)[0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("temperature", -1),
        ("n_samples", True),
        ("n_samples", 1.5),
        ("n_samples", 1.0),
        ("k", [1, 1]),
        ("licence", "Apache; rm -rf"),
        ("track", "best"),
        ("sampling_seed", -1),
        ("sampling_seed", 1 << 64),
        ("schema_version", 2),
        ("links", ["https://a.org"] * 2),
    ],
)
def test_values_out_of_bounds_are_refused(said, path, value):
    said[path] = value
    [problem] = schema_problems(said)
    assert problem.startswith(path)


def test_many_problems_are_told_in_a_few_lines(said):
    said["training_data"] = [{"config": "x" * 1_000}] * 49
    assert len(schema_problems(said)) <= 5
    assert all(len(problem) < 300 for problem in schema_problems(said))
