"""A site's key is private, and a certificate by which nobody could check a copy is refused before the work."""

from __future__ import annotations

import stat
import subprocess
from datetime import timedelta

import pytest
from tests.release.made import NOW

from passerby.errors import UsageError
from passerby.release.site_key import create_key, import_key, load_key


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys") / "site"
    create_key(folder, "Example Daily", years=1, now=NOW)
    return folder


def test_a_new_key_is_for_its_owner_alone_and_names_the_site(key):
    assert stat.S_IMODE((key / "key.pem").stat().st_mode) == 0o600
    made = load_key(key, now=NOW)
    assert made.name == "Example Daily"
    assert made.ends - NOW == timedelta(days=365)
    assert "PRIVATE" not in repr(made)
    assert b"PRIVATE" not in made.certificates + made.authority


def test_the_key_of_the_authority_is_nowhere(key):
    assert {each.name for each in key.iterdir()} == {"key.pem", "certificate.pem", "authority.pem"}
    assert (key / "key.pem").read_text().count("BEGIN PRIVATE KEY") == 1
    assert "PRIVATE" not in (key / "authority.pem").read_text()


def test_a_key_that_exists_is_never_replaced(key):
    before = (key / "key.pem").read_bytes()
    with pytest.raises(UsageError, match="exists; give another folder"):
        create_key(key, "Example Daily", years=1, now=NOW)
    assert (key / "key.pem").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_can_read_or_change_is_refused(key, tmp_path, mode):
    folder = copied(key, tmp_path)
    (folder / "key.pem").chmod(mode)
    with pytest.raises(UsageError, match=r"key\.pem: other users can read or change .* chmod 600"):
        load_key(folder, now=NOW)


def test_an_expired_certificate_is_refused_with_its_date(key):
    with pytest.raises(UsageError, match=r"certificate\.pem: expired on 2027-01-02; make a new key"):
        load_key(key, now=NOW + timedelta(days=365))


def test_a_certificate_that_is_not_valid_yet_is_refused(key):
    with pytest.raises(UsageError, match="is valid only from 2026-01-02 02:04 UTC; check this machine's clock"):
        load_key(key, now=NOW - timedelta(hours=2))


def test_a_certificate_of_another_key_is_refused(key, tmp_path):
    create_key(tmp_path / "other", "Example Daily", years=1, now=NOW)
    folder = copied(key, tmp_path)
    (folder / "certificate.pem").write_bytes((tmp_path / "other" / "certificate.pem").read_bytes())
    with pytest.raises(UsageError, match="the first certificate belongs to another key"):
        load_key(folder, now=NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "Daily\nNews"])
def test_a_name_that_nobody_could_read_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="--name"):
        create_key(tmp_path / "key", name, years=1, now=NOW)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize(
    ("purpose", "complaint"),
    [
        ("extendedKeyUsage=emailProtection", ""),
        ("extendedKeyUsage=serverAuth", "not a certificate for signing documents"),
        ("basicConstraints=critical,CA:true", "not a certificate for signing documents"),
    ],
)
def test_an_imported_certificate_must_be_one_that_signs_documents(tmp_path, purpose, complaint):
    issued(tmp_path, purpose)
    chain = tmp_path / "chain.pem"
    chain.write_text((tmp_path / "own.pem").read_text() + (tmp_path / "root.pem").read_text())
    (tmp_path / "own.key").chmod(0o600)
    now = valid_at(tmp_path / "own.pem")
    if complaint:
        with pytest.raises(UsageError, match=complaint):
            import_key(tmp_path / "key", tmp_path / "own.key", chain, now=now)
        return
    found = import_key(tmp_path / "key", tmp_path / "own.key", chain, now=now)
    assert (found.name, found.issuer) == ("Own", "Root")
    assert found.certificates.count(b"BEGIN CERT") == 1  # whoever checks has the root, so it is not sent
    assert found.authority.strip() == (tmp_path / "root.pem").read_bytes().strip()


def test_a_chain_in_the_wrong_order_or_self_signed_is_refused(tmp_path):
    issued(tmp_path, "extendedKeyUsage=emailProtection")
    for each in ("own.key", "root.key"):
        (tmp_path / each).chmod(0o600)
    now = valid_at(tmp_path / "own.pem")
    with pytest.raises(UsageError, match="is self-signed"):
        import_key(tmp_path / "key", tmp_path / "root.key", tmp_path / "root.pem", now=now)
    foreign = tmp_path / "foreign"
    create_key(foreign, "Other", years=1, now=NOW)
    chain = tmp_path / "chain.pem"
    chain.write_text((tmp_path / "own.pem").read_text() + (foreign / "authority.pem").read_text())
    with pytest.raises(UsageError, match="'Other' did not issue 'Own'"):
        import_key(tmp_path / "key", tmp_path / "own.key", chain, now=now)


def test_a_key_with_a_password_is_refused_with_the_way_out(tmp_path):
    openssl(tmp_path, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass",
            "pass:secret", "-out", "locked.key")  # fmt: skip
    (tmp_path / "locked.key").chmod(0o600)
    with pytest.raises(UsageError, match="has a password; remove it first"):
        import_key(tmp_path / "key", tmp_path / "locked.key", tmp_path / "none.pem", now=NOW)


def copied(key, tmp_path):
    folder = tmp_path / "copied"
    folder.mkdir()
    for each in key.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
        (folder / each.name).chmod(0o600)
    return folder


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def issued(folder, purpose):
    """Write root.pem, and own.pem that it issued for own.key."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *curve, "-keyout", "root.key", "-out", "root.pem", "-days", "9", "-subj", "/O=Root")
    openssl(folder, "req", "-new", *curve, "-keyout", "own.key", "-out", "own.csr", "-subj", "/O=Own")
    (folder / "extensions").write_text(f"keyUsage=critical,digitalSignature\n{purpose}\n")
    openssl(
        *(folder, "x509", "-req", "-in", "own.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"),
        *("-out", "own.pem", "-days", "9", "-extfile", "extensions"),
    )


def valid_at(path):
    from cryptography import x509

    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_before_utc + timedelta(days=1)
