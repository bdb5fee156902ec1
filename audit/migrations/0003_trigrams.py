from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Likeness of words, for what is typed wrong (`tyonohjaus.search.nearly`). A trusted extension, as btree_gist is."""

    dependencies = [("audit", "0002_actor_is_who_asks")]
    operations = [TrigramExtension()]
