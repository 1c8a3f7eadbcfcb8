"""Why a submission was rejected, for tests that look for a reason."""

from typing import Any


def reason(record: dict[str, Any]) -> str:
    """The checks that do not hold, with their details."""
    assert record["status"] == "rejected", record["checks"]
    return " | ".join(f"{check['claim']}: {check['detail']}" for check in record["checks"] if not check["holds"])
