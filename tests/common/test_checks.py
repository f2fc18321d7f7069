"""What the system checks find before it fails at night."""

from django.core.checks import run_checks


def found(identity: str) -> list:
    return [problem for problem in run_checks() if problem.id == identity]


def test_a_key_for_backups_that_cannot_be_read_is_told_at_the_start(settings, tmp_path):
    settings.BACKUP_KEY_FILE = ""
    assert found("toso.E005") == []
    settings.BACKUP_KEY_FILE = str(tmp_path / "key")
    assert len(found("toso.E005")) == 1
    (tmp_path / "key").write_text("key")
    assert found("toso.E005") == []
