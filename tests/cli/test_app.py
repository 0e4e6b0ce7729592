import pytest

from passerby.cli import app


def test_the_version_is_said(passerby):
    import passerby as package

    assert passerby("--version").stdout == f"passerby {package.__version__}\n"


def test_help_loads_neither_networks_nor_ffmpeg(passerby):
    import subprocess
    import sys

    code = """
import sys
from passerby.cli.app import run
run(["redact", "--help"])
sys.exit(len({"av", "cv2", "numpy", "openvino", "PIL"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_without_arguments_the_help_is_shown(passerby):
    done = passerby()
    assert done.returncode == 0
    assert "redact" in done.stdout


@pytest.mark.parametrize("group", ["", *sorted(group.name for group in app.app.registered_groups)])
def test_the_list_of_commands_cuts_no_summary_off(passerby, group):
    done = passerby(*filter(None, [group]), "--help", COLUMNS="80")
    assert done.returncode == 0
    assert "Commands:" in done.stdout
    assert "..." not in done.stdout.partition("Commands:")[2]


def test_a_bug_costs_one_line_not_a_screenful(monkeypatch, capsys):
    def broken(**_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(app, "app", broken)
    monkeypatch.delenv("PASSERBY_DEBUG", raising=False)
    assert app.run(["redact"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "PASSERBY_DEBUG" in said
    monkeypatch.setenv("PASSERBY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        app.run(["redact"])
