from passerby.vision.models.catalogue import MODELS, ON_REQUEST


def test_every_model_is_listed_with_its_licence(passerby):
    done = passerby("models", "list")
    assert done.returncode == 0
    for model in (MODELS | ON_REQUEST).values():
        assert model.name in done.stdout
        assert model.licence in done.stdout


def test_an_unknown_model_is_refused_by_name(passerby):
    done = passerby("models", "fetch", "retina")
    assert done.returncode == 2
    assert "'retina' is unknown" in done.stderr


def test_what_is_there_is_not_fetched_again(passerby, registry_models):
    done = passerby("models", "fetch", *MODELS, PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("already there") == len(MODELS)
    assert "ppocr-v4-text-finder" not in done.stdout


def test_without_a_network_fetch_fails_in_one_line_a_model(passerby, tmp_path):
    offline = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": str(tmp_path)}
    done = passerby("models", "fetch", "centerface", "--folder", tmp_path / "models", **offline)
    assert done.returncode == 1
    assert "check the network" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "models").iterdir())


def test_a_file_with_another_sha256_is_refused(passerby, tmp_path):
    for model in MODELS.values():
        (tmp_path / model.file).write_bytes(b"something else")
    done = passerby("models", "list", PASSERBY_MODELS=str(tmp_path))
    assert done.stdout.count("SHA-256 differs") == len(MODELS)
