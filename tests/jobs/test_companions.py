"""What is written beside a copy: boxes as CSV, the private annex, the table of results, and who may be overwritten."""

from __future__ import annotations

import csv
import hashlib
import json
import stat

import pytest

from passerby.errors import OutputError, SourceError, UsageError
from passerby.jobs.companions import annex_json, boxes_csv, check_outputs, outcome_of, write_companions
from passerby.jobs.redact_plan import Companions, plan
from passerby.jobs.results import check_results, write_results
from passerby.jobs.task import FileTask, Outcome
from passerby.reports.coverage import Coverage
from passerby.reports.redaction import RedactionReport


def report_of(coverage: Coverage) -> RedactionReport:
    causes = coverage.causes_over_90()
    return RedactionReport(
        passerby_version="0",
        copy_name="door_redacted.mp4",
        copy_sha256="0" * 64,
        models=[],
        options={},
        frames=coverage.frames,
        covered_share=coverage.mean(),
        covered_share_per_second=coverage.per_second(),
        frames_over_90=sum(each.frames for each in causes),
        causes_over_90=causes,
        frames_covered_whole=coverage.whole,
        covered_whole=coverage.spans,
        frames_with_crowd=coverage.crowded,
        boxes=coverage.boxes,
    )


@pytest.fixture
def report() -> RedactionReport:
    coverage = Coverage(keep_boxes=True)
    coverage.add(0.0, 0.1, whole="", boxes_px=[(5, 6, 7, 8), (1, 2, 3, 4)])
    coverage.add(0.04, 0.0, whole="", boxes_px=[])
    coverage.add(0.08, 1.0, whole="too dark to inspect", boxes_px=[])
    coverage.add(0.12, 1.0, whole="too dark to inspect", boxes_px=[])
    coverage.add(0.16, 0.95, whole="", boxes_px=[(0, 0, 9, 9)], as_region=True)
    coverage.add(0.2, 0.9, whole="", boxes_px=[])
    return report_of(coverage)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "door.mp4"
    path.write_bytes(b"film")
    return path


def test_frames_over_90_percent_are_counted_by_cause(report):
    assert report.frames_over_90 == 3
    assert [(each.cause, each.frames) for each in report.causes_over_90] == [
        ("too dark to inspect", 2),
        ("a dense crowd, covered as a region", 1),
    ]


def test_boxes_as_csv_have_every_frame_and_the_reason_for_whole_ones(report):
    rows = list(csv.DictReader(boxes_csv(report).splitlines()))
    assert [row["frame"] for row in rows] == ["0", "0", "1", "2", "3", "4", "5"]
    assert [rows[0][edge] for edge in ("x1_px", "y1_px", "x2_px", "y2_px")] == ["1", "2", "3", "4"]
    assert [row["covered_whole"] for row in rows[2:5]] == ["", "too dark to inspect", "too dark to inspect"]
    assert rows[2]["x1_px"] == ""


def test_an_outline_is_in_the_csv_as_the_box_around_it():
    coverage = Coverage(keep_boxes=True)
    coverage.add(0.0, 0.1, whole="", boxes_px=[])
    coverage.add_polygons([[(5, 0), (9, 9), (0, 9)]])
    (row,) = csv.DictReader(boxes_csv(report_of(coverage)).splitlines())
    assert [row[edge] for edge in ("x1_px", "y1_px", "x2_px", "y2_px")] == ["0", "0", "10", "10"]


@pytest.mark.parametrize("wanted", [True, False])
def test_the_annex_holds_the_source_and_the_report_does_not(report, source, tmp_path, wanted):
    annex, place = tmp_path / "a.json", tmp_path / "r.json"
    task = FileTask(source, tmp_path / "door_redacted.mp4", place, annex=annex if wanted else None)
    write_companions(task, report, None, boxes_in_report=False)
    digest = hashlib.sha256(b"film").hexdigest()
    assert digest not in place.read_text()
    assert "boxes" not in {key for key, value in json.loads(place.read_text()).items() if value is not None}
    assert annex.exists() is wanted
    if wanted:
        said = json.loads(annex.read_text())
        assert (said["source_sha256"], said["source_bytes"]) == (digest, 4)
        assert (said["source"], said["copy_sha256"]) == (str(source), "0" * 64)
        assert stat.S_IMODE(annex.stat().st_mode) == 0o600


def test_a_source_that_is_gone_is_an_error_of_one_line(report, tmp_path):
    with pytest.raises(SourceError, match=r"gone\.mp4: cannot be read again for --annex"):
        annex_json(tmp_path / "gone.mp4", report)


@pytest.mark.parametrize("option", ["report", "boxes", "sheet", "annex"])
def test_nothing_overwrites_the_source_even_by_force(source, tmp_path, option):
    with pytest.raises(UsageError, match="would overwrite its source"):
        check_outputs(FileTask(source, tmp_path / "copy.mp4", **{option: source}), replace=True)
    assert source.read_bytes() == b"film"


def test_two_outputs_of_one_name_are_refused(source, tmp_path):
    with pytest.raises(UsageError, match=r"named by --report and by --annex"):
        check_outputs(FileTask(source, tmp_path / "c.mp4", tmp_path / "x", annex=tmp_path / "x"), replace=True)


@pytest.mark.parametrize(("option", "field"), [("--report", "report"), ("--annex", "annex"), ("--sheet", "sheet")])
def test_what_exists_is_refused_with_its_own_option(source, tmp_path, option, field):
    (tmp_path / "x").touch()
    with pytest.raises(UsageError, match=f"x: already exists; give another name with {option}"):
        check_outputs(FileTask(source, tmp_path / "c.mp4", **{field: tmp_path / "x"}), replace=False)


def test_of_several_sources_each_gets_its_own_files_in_the_folders(source, tmp_path):
    (tmp_path / "gate.mp4").touch()
    names = [str(source), str(tmp_path / "gate.mp4")]
    made = plan(names, companions=Companions(boxes=f"{tmp_path}/b/", sheet=f"{tmp_path}/s", annex=f"{tmp_path}/a"))
    first, second = made.tasks
    assert first.boxes == tmp_path / "b/door_redacted.mp4.boxes.csv"
    assert first.sheet == tmp_path / "s/door_redacted.mp4.sheet.png"
    assert second.annex == tmp_path / "a/gate_redacted.mp4.annex.json"


# --- results


def test_the_table_says_what_became_of_each_file(report, source, tmp_path):
    done = outcome_of(FileTask(source, tmp_path / "copy.mp4", tmp_path / "r.json"), report)
    failed = Outcome(FileTask(tmp_path / "=1+1.mp4", tmp_path / "b.mp4"), error=OutputError("b.mp4: the disk is full"))
    refused = UsageError("-: standard input is not read")
    write_results(tmp_path / "t.csv", [done, failed], [refused])
    first, second, third = csv.DictReader((tmp_path / "t.csv").read_text().splitlines())
    assert (first["source"], first["frames"], first["frames_over_90"], first["status"]) == (str(source), "6", "3", "3")
    assert first["causes_over_90"] == "too dark to inspect: 2; a dense crowd, covered as a region: 1"
    assert (second["status"], second["copy"], second["error"]) == ("1", "", "b.mp4: the disk is full")
    assert (third["status"], third["error"]) == ("2", "'-: standard input is not read")


def test_the_same_table_as_json_keeps_its_types(report, source, tmp_path):
    write_results(tmp_path / "t.json", [outcome_of(FileTask(source, tmp_path / "copy.mp4"), report)], [])
    (row,) = json.loads((tmp_path / "t.json").read_text())
    assert row["frames"] == 6
    assert row["covered_share"] == pytest.approx(report.covered_share)
    assert row["report"] is row["error"] is None


def test_files_of_an_earlier_run_are_in_the_table_too(report, source, tmp_path):
    with_report = FileTask(source, tmp_path / "a.mp4", report=tmp_path / "a.mp4.json")
    (tmp_path / "a.mp4.json").write_text(report.to_json())
    without = FileTask(source, tmp_path / "b.mp4", report=tmp_path / "b.mp4.json")
    write_results(tmp_path / "t.json", [], [], [with_report, without])
    first, second = json.loads((tmp_path / "t.json").read_text())
    assert (first["frames"], first["report"]) == (6, str(with_report.report))
    assert (second["copy"], second["frames"], second["status"]) == (str(without.target), None, 0)


@pytest.mark.parametrize("name", ["t.txt", "t"])
def test_a_table_of_another_kind_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(UsageError, match=r"end the name in \.csv or \.json"):
        check_results(tmp_path / name, replace=False)
