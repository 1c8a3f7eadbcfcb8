"""Which files of a model decide its answers, and the hash of them that an evaluation is known by."""

import hashlib
import re
from pathlib import Path

from arith_synth.data.checksums import file_sha256

#: By name: logs, curves and cards are not among them.
_DECIDING = re.compile(
    r"(config|generation_config|adapter_config)\.json"
    r"|.*\.safetensors|.*\.safetensors\.index\.json"
    r"|(tokenizer|vocab|merges|added_tokens|special_tokens_map|spiece|tekken).*"
)


def model_sha256(*folders: Path) -> str:
    """SHA-256 of the names and contents of all files that decide the answers of a model, whoever made it.

    `folders`: that of the model; of an adapter, its own and that of its base. OSError passes through.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if _DECIDING.fullmatch(file.name) and file.is_file():
                digest.update(f"{file.name} {file_sha256(file)}\n".encode())
        digest.update(b"\n")
    return digest.hexdigest()
