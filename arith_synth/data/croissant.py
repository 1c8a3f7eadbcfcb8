"""Croissant metadata: what ML tools read to find the files of a dataset, their columns and their checksums.

Source: the Croissant format, version 1.1, of MLCommons. Every Parquet file is a file object with its SHA-256; every
config is a record set over the file set of its splits. Paths are relative to the file itself, so it describes the
folder wherever it is.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from datasets import List, Value

from arith_synth.data.loading import HUB_ID
from arith_synth.data.schema import COLUMN_MEANINGS, features_of

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"

_PARQUET = "application/x-parquet"
_LICENSE = "https://www.apache.org/licenses/LICENSE-2.0"
_DESCRIPTION = (
    "Programs of a small arithmetic language from examples, under controlled train/test shifts: every program up to a "
    "size is enumerated, and a train/test split is made whose only difference is the one under study."
)
#: The prefixes and terms of the standard; a reader that knows Croissant compares them with its own.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_DATA_TYPES = {"string": "sc:Text", "int32": "cr:Int32", "int64": "cr:Int64", "float32": "cr:Float32"}


def croissant(build: Mapping[str, Any], checksums: Mapping[str, Any]) -> str:
    """`croissant.json` of a dataset folder from its parsed `build.json` and `checksums.json`, the same for the same."""
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": "arith-synth",
        "description": _DESCRIPTION,
        "url": f"https://huggingface.co/datasets/{HUB_ID}",
        "license": _LICENSE,
        "version": build["data_version"],
        "citeAs": "arXiv:2604.27551",
        "creator": {"@type": "Organization", "name": HUB_ID.partition("/")[0]},
        "isLiveDataset": False,
        "keywords": ["program synthesis", "programming by example", "generalization", "distribution shift"],
        "distribution": [*_file_objects(checksums), *(_file_set(config, checksums) for config in build["configs"])],
        "recordSet": [_record_set(config, list(splits)) for config, splits in build["configs"].items()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _file_objects(checksums: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, entry in checksums["files"].items():
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "encodingFormat": _PARQUET,
            "sha256": entry["sha256"],
        }


def _file_set(config: str, checksums: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-files",
        "name": f"{config}-files",
        "description": f"The Parquet files of config {config}.",
        "encodingFormat": _PARQUET,
        "includes": [name for name in checksums["files"] if name.startswith(f"{config}/")],
    }


def _record_set(config: str, splits: list[str]) -> dict[str, Any]:
    files = {"fileSet": {"@id": f"{config}-files"}}
    split = {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": "split",
        "description": "The split that the row belongs to.",
        "dataType": "sc:Text",
        "source": files
        | {"extract": {"fileProperty": "filename"}, "transform": {"regex": r"^(.+)-\d{5}-of-\d{5}\.parquet$"}},
    }
    columns = [
        {
            "@type": "cr:Field",
            "@id": f"{config}/{name}",
            "name": name,
            "description": COLUMN_MEANINGS[name],
            **_type(feature),
            "source": files | {"extract": {"column": name}},
        }
        for name, feature in features_of(config).items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": f"Config {config}, with the splits {', '.join(splits)}.",
        "field": [split, *columns],
    }


def _type(feature: Any) -> dict[str, Any]:
    """The data type of a column; for lists, and lists of lists, the shape too, -1 where the length varies."""
    shape: list[str] = []
    while isinstance(feature, List):
        shape.append(str(feature.length))
        feature = feature.feature
    assert isinstance(feature, Value)
    scalar = {"dataType": _DATA_TYPES[feature.dtype]}
    return scalar if not shape else scalar | {"isArray": True, "arrayShape": ",".join(shape)}
