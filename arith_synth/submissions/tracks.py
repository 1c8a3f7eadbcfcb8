"""The tracks: what a submission may use, and which score ranks it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """`title` and `rule` are for people; `headline` names the score, of those in `scores_of`, by which rows are ranked.

    `only_shifted_split`: training data is the config's own `train` (and `validation`, to select a model), and nothing
    else. `needs_samples`: more than one sample a task. `needs_other_data`: what other data was used must be said.
    `needs_search_budget`: tables and seconds of inference must be said.
    """

    name: str
    title: str
    rule: str
    headline: str = "execution_accuracy"
    only_shifted_split: bool = False
    needs_samples: bool = False
    needs_other_data: bool = False
    needs_search_budget: bool = False


_ALL = (
    Track(
        name="shifted_pass_at_1",
        title="Shifted split only, pass@1",
        rule="trained on the config's own training split, weights fixed, ranked by pass@1",
        only_shifted_split=True,
    ),
    Track(
        name="shifted_best_of_n",
        title="Shifted split only, n samples and a filter",
        rule="the same with n samples a task, of which the first that agrees with all shown examples is taken",
        headline="first_consistent",
        only_shifted_split=True,
        needs_samples=True,
    ),
    Track(
        name="test_time_training",
        title="Test-time training",
        rule="weights may change for each task, from its shown examples and from what the training split allows",
        only_shifted_split=True,
    ),
    Track(
        name="search",
        title="Search",
        rule="programs are searched for, with declared tables and seconds",
        needs_search_budget=True,
    ),
    Track(
        name="other_data",
        title="Other data",
        rule="trained on other data too, which is declared",
        needs_other_data=True,
    ),
)

#: By name, in the order in which they are shown.
TRACKS: dict[str, Track] = {track.name: track for track in _ALL}
