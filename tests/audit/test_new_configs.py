"""The configs beyond the headline: a moved class, region, law or count is noticed, with checksums that fit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.audit import Claim, audit_folder
from arith_synth.splits.audit.axis_regions import patterns_of
from arith_synth.splits.audit.contamination_claims import check_contamination, check_sides
from arith_synth.splits.audit.definition_claims import check_thresholds
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.examples_claims import check_examples_needed
from arith_synth.splits.audit.folder import read_folder
from arith_synth.splits.audit.layout_claims import check_layout
from arith_synth.splits.audit.membership_claims import check_membership, check_order
from arith_synth.splits.audit.region_claims import check_forced, check_regions
from arith_synth.splits.audit.size_claims import check_sizes
from arith_synth.splits.region_files import axis_from_toml
from tests.audit.conftest import Copy
from tests.conftest import SMALL_SIZES

pytestmark = pytest.mark.slow

XY3 = grammar_named("xy3")
DENOMINATOR = "support_shift_denominator"
CLAIMS: dict[str, Callable[[Evidence, str], Claim]] = {
    "sides": check_sides,
    "contamination": check_contamination,
    "forced": check_forced,
    "thresholds": check_thresholds,
    "regions": check_regions,
    "examples_needed": check_examples_needed,
    "sizes": check_sizes,
    "membership": check_membership,
    "order": check_order,
}


def failing(path: Path, *names: str, **entries: Any) -> dict[str, str]:
    """Those of the claims that do not hold, with other entries in build.json."""
    folder = read_folder(path)
    folder = replace(folder, build=folder.build | entries)
    evidence = Evidence(folder, patterns_of(folder))
    claims = [CLAIMS[name](evidence, name) for name in names or CLAIMS]
    claims.append(check_layout(folder, "layout"))
    return {claim.claim: claim.detail for claim in claims if not claim.holds}


def build_of(path: Path) -> dict[str, Any]:
    return json.loads((path / "build.json").read_text())


@pytest.fixture
def wide(wide_dataset: Path, tmp_path: Path) -> Copy:
    return Copy(wide_dataset, tmp_path / "arith-synth")


@pytest.fixture(scope="module")
def user_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configs of three regions of a user's own: a pattern file, an interval with a gap, one from the lower end."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "pattern.toml").write_text(
        'name = "late"\ntitle = "a compound right operand"\nstates = ["leaf", "compound", "found"]\nleaf = "leaf"\n'
        'accepting = ["found"]\n[transitions]\nany = [["compound", "compound", "found"], '
        '["compound", "compound", "found"], ["found", "found", "found"]]\n"/" = [["compound", "found", "found"], '
        '["compound", "found", "found"], ["found", "found", "found"]]\n'
    )
    (folder / "mine.toml").write_text('name = "mine"\ntitle = "my divisors"\npattern = "pattern.toml"\n')
    interval = 'title = "{0}"\nspace = "{1}"\ncoordinate = 1\nfrom = {2}\nto = {3}\ngap = 0.02\n'
    (folder / "upper.toml").write_text('name = "upper"\n' + interval.format("upper third", "semantic", 0.667, 1.0))
    (folder / "lower.toml").write_text('name = "lower"\n' + interval.format("lower fifth", "syntactic", 0.0, 0.2))
    axes = [axis_from_toml(folder / f"{name}.toml", XY3) for name in ("mine", "upper", "lower")]
    build_dataset(XY3, 4, folder / "arith-synth", ["corpus"], SMALL_SIZES, axes=axes)
    return folder / "arith-synth"


def test_every_new_config_is_what_the_procedure_gives(wide_dataset: Path):
    assert failing(wide_dataset) == {}


def test_regions_of_a_user_are_audited_like_the_built_in(user_dataset: Path):
    assert {claim.claim: claim.detail for claim in audit_folder(user_dataset) if not claim.holds} == {}


@pytest.mark.parametrize(
    ("split", "source"),
    [
        ("density_shift_joint/train", "random/train"),
        ("density_shift_none_mild/test", "random/train"),
        ("support_shift_size_control/train", "random/train"),
        ("support_shift_semantic_band/validation", "support_shift_semantic_band_control/train"),
        ("input_shift/train", "random/train"),
    ],
)
def test_a_row_that_belongs_elsewhere(wide: Copy, split: str, source: str):
    rows = wide.rows(split)
    family = split.split("/")[0].removesuffix("_control")
    used = {
        row["fingerprint"] for path in wide.task_splits() if path.startswith(family[:13]) for row in wide.rows(path)
    }
    index, other = next(
        (index, other)
        for other in wide.rows(source)
        if source.split("/")[0].startswith(family) or other["fingerprint"] not in used
        for index, row in enumerate(rows)
        if row["size"] == other["size"]
    )
    rows[index] = other | {"task_id": rows[index]["task_id"]}
    wide.write(split, rows)
    wide.seal()
    assert f"{split} row {index}" in failing(wide.path, "membership")["membership"]


def test_a_test_class_in_the_training_of_the_control(wide: Copy):
    split = f"{DENOMINATOR}_control/train"
    leaked = wide.rows(f"{DENOMINATOR}/test_syntactic")[0]
    rows = wide.rows(split)
    index = next(i for i, row in enumerate(rows) if row["size"] == leaked["size"])
    rows[index] = rows[index] | {name: leaked[name] for name in ("program", "fingerprint", "syntactic", "semantic")}
    wide.write(split, rows)
    wide.seal()
    found = failing(wide.path, "sides", "contamination", "membership")
    assert set(found) == {"sides", "membership"}
    assert f"{split} row {index}" in found["sides"]


def test_test_uniform_shares_no_class_with_a_test_of_another_density_config(wide: Copy):
    split = "density_shift_none/test"
    rows, uniform = wide.rows(split), wide.rows("density_shift_joint/test_uniform")
    rows[0] = uniform[0] | {"task_id": rows[0]["task_id"]}
    wide.write(split, rows)
    wide.seal()
    assert "test_uniform" in failing(wide.path, "sides")["sides"]


def test_a_task_of_an_axis_that_is_not_forced(wide: Copy):
    corpus = wide.rows("corpus/full")
    rows = wide.rows(f"{DENOMINATOR}/test_syntactic")
    loose = next(
        row for row in corpus if row["size"] == 4 and "/ (" in row["program"] and "denominator" not in row["forced"]
    )
    rows[2] = rows[2] | {name: loose[name] for name in ("program", "fingerprint", "syntactic", "semantic", "strahler")}
    wide.write(f"{DENOMINATOR}/test_syntactic", rows)
    wide.seal()
    found = failing(wide.path, "forced", "regions", "membership")
    assert set(found) == {"forced", "membership"}
    assert f"{DENOMINATOR}/test_syntactic/000002" in found["forced"]


def test_new_inputs_for_other_classes(wide: Copy):
    split = "input_shift/test_new_inputs"
    wide.write(split, [row | {"task_id": f"{split}/{i:06d}"} for i, row in enumerate(wide.rows("random/test"))])
    wide.seal()
    assert "input_shift/test_new_inputs" in failing(wide.path, "membership")["membership"]


@pytest.mark.parametrize("split", [f"{DENOMINATOR}_control/train", "support_shift_semantic_band/test_semantic"])
def test_a_region_column_of_an_axis(wide: Copy, split: str):
    column = "semantic_region" if "semantic" in split else "syntactic_region"
    row = wide.rows(split)[0]
    wide.change(split, 0, **{column: "in" if row[column] == "out" else "out"})
    wide.seal()
    assert f"{split} row 0" in failing(wide.path, "regions")["regions"]


def changed(document: Any, path: list[Any], value: Any) -> Any:
    """A copy of a JSON document with another value at a path."""
    document = json.loads(json.dumps(document))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value(place[path[-1]]) if callable(value) else value
    return document


#: (entry, path in it, what it becomes, the claim that names it)
FACTS: list[tuple[str, list[Any], Any, str]] = [
    ("axes", ["support_shift_coordinate", "region", "permille"], [700, 1000], "thresholds"),
    ("axes", ["support_shift_coordinate", "region", "from"], lambda end: end - 1, "thresholds"),
    ("axes", ["support_shift_semantic_band", "region", "gap_permille"], 0, "thresholds"),
    ("axes", [DENOMINATOR, "region", "automaton", "accepting"], [1, 2], "thresholds"),
    ("axes", ["support_shift_coordinate", "leaks", "leaking"], 41, "thresholds"),
    ("axes", [DENOMINATOR, "classes", "novel"], lambda n: n + 1, "membership"),
    ("axes", [DENOMINATOR, "edges", "4", "semantic"], lambda edges: [edge + 1 for edge in edges], "membership"),
    ("density", ["strengths", "strong", "syntactic"], [0, 1], "membership"),
    ("density", ["strengths", "mild", "attempt"], lambda attempt: attempt + 1, "membership"),
    ("density", ["configs", "density_shift_none", "given_way", "train"], -1, "membership"),
    ("input_shift", ["eligible_on_both_panels"], 1, "membership"),
    ("examples_needed", ["random/test", "1"], 39, "examples_needed"),
    ("split_sizes", ["density_shift_joint", "train"], 201, "membership"),
]


@pytest.mark.parametrize(("entry", "path", "value", "claim"), FACTS, ids=[".".join(map(str, f[1])) for f in FACTS])
def test_one_changed_fact_of_build_json(wide_dataset: Path, entry: str, path: list[Any], value: Any, claim: str):
    build = build_of(wide_dataset)
    found = failing(wide_dataset, claim, **{entry: changed(build[entry], path, value)})
    assert entry == "split_sizes" or path[-1] in found[claim] or path[0] in found[claim] or claim == "examples_needed"
    assert claim in found


def test_a_built_in_axis_with_the_definition_of_another(wide_dataset: Path):
    axes = build_of(wide_dataset)["axes"]
    swapped = axes | {DENOMINATOR: axes[DENOMINATOR] | {"region": axes["support_shift_size"]["region"]}}
    assert DENOMINATOR in failing(wide_dataset, "thresholds", axes=swapped)["thresholds"]


@pytest.mark.parametrize("change", [1, -1])
def test_one_changed_count_of_contamination(wide: Copy, change: int):
    file = wide.path / "contamination.json"
    content = json.loads(file.read_text())
    i, j, n = content["shared"][3]
    content["shared"][3][2] += change
    file.write_text(json.dumps(content))
    found = failing(wide.path, "contamination")["contamination"]
    assert f"{content['splits'][i]} and {content['splits'][j]} share {n} classes, not {n + change}" in found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"splits": [], "n": [], "shared": []}', "[" * 100_000])
def test_a_contamination_file_that_is_none(wide: Copy, text: str):
    (wide.path / "contamination.json").write_text(text)
    assert "contamination.json" in failing(wide.path, "contamination")["contamination"]


def test_a_region_of_a_user_that_the_files_are_not_of(user_dataset: Path):
    build = build_of(user_dataset)
    config = "support_shift_upper"
    user_regions = changed(build["user_regions"], [config, "permille"], [500, 1000])
    axes = changed(build["axes"], [config, "region", "permille"], [500, 1000])
    found = failing(user_dataset, "thresholds", "membership", user_regions=user_regions, axes=axes)
    assert {"thresholds", "membership"} <= set(found)


@pytest.mark.parametrize(
    "regions",
    [
        [],
        {"support_shift_upper": None},
        {"support_shift_size": {}},
        {"upper": {"space": "semantic", "title": "", "kind": "interval"}},
        {"support_shift_x": {"space": "semantic", "title": "", "kind": "pattern", "automaton": [], "pattern": "x"}},
        {"support_shift_x": {"space": "semantic", "title": "", "kind": "interval", "permille": [900, 100]}},
    ],
)
def test_nonsense_in_place_of_the_regions_of_a_user(user_dataset: Path, regions: Any):
    assert {"thresholds", "layout"} <= set(failing(user_dataset, "thresholds", user_regions=regions))


@pytest.mark.parametrize(
    "configs", [["corpus"], ["corpus", "support_shift_control"], ["corpus", "density_shift_joint"]]
)
def test_a_dataset_with_some_of_the_configs(tmp_path: Path, configs: list[str]):
    build_dataset(XY3, 4, tmp_path / "arith-synth", configs, SMALL_SIZES)
    claims = audit_folder(tmp_path / "arith-synth")
    assert {claim.claim: claim.detail for claim in claims if not claim.holds} == {}
    layout = next(claim for claim in claims if claim.claim == "layout")
    assert "are not in this one: random" in layout.detail


def test_without_a_corpus_what_needs_it_is_not_vouched_for(tmp_path: Path):
    build_dataset(XY3, 4, tmp_path / "arith-synth", ["random"], SMALL_SIZES)
    claims = {claim.claim: claim for claim in audit_folder(tmp_path / "arith-synth")}
    unchecked = {name: claim for name, claim in claims.items() if not claim.holds}
    assert set(unchecked) == {
        "regular",
        "corpus",
        "targets",
        "used_by",
        "thresholds",
        "well_posed",
        "examples_needed",
        "membership",
    }
    assert not any(claim.is_checked for claim in unchecked.values())
    assert len({claim.detail for claim in unchecked.values()}) == 1
    assert "--configs corpus random" in claims["membership"].detail
