"""A scope: what every selector and every list of labels of a query has, made as it is written."""

from dashboards.kit.scope import CHOSEN, EVERYTHING, SPLIT, Scope

SEVERAL = Scope(cluster_label="k")


def test_selectors():
    assert CHOSEN.selector("up") == 'up{namespace=~"$hub"}'
    assert CHOSEN.selector("up", 'job="a"') == 'up{namespace=~"$hub", job="a"}'
    assert CHOSEN.all_hubs().selector("up") == EVERYTHING.selector("up") == 'up{namespace=~".+"}'
    assert CHOSEN.everywhere("up", 'job="a"') == 'up{job="a"}'
    assert CHOSEN.group_matcher == 'usergroup=~"$group"'
    assert (EVERYTHING.group_matcher, EVERYTHING.user_matcher) == (
        'usergroup=~".+"',
        'username=~".+"',
    )


def test_selectors_of_several_clusters():
    assert SEVERAL.selector("up") == 'up{k=~"$cluster", namespace=~"$hub"}'
    assert SEVERAL.everywhere("up") == 'up{k=~"$cluster"}'
    # Rules choose no cluster.
    assert Scope.everything("k").selector("up") == 'up{namespace=~".+"}'


def test_labels_of_what_is_in_one_cluster_have_it():
    for several in (SEVERAL, Scope.everything("k")):
        assert several.by(("namespace", "pod")) == "by (k, namespace, pod)"
        assert several.on(("node",)) == "on (k, node)"
        assert several.on(("job", "instance")) == "on (job, instance)"
        assert several.aggregate("sum", ("namespace",), "up") == "sum by (k, namespace) (\n  up\n)"
        assert several.aggregate("sum", (), "up") == "sum (\n  up\n)"
    assert CHOSEN.by(("namespace", "pod")) == "by (namespace, pod)"


def test_what_boards_call_a_hub():
    assert (CHOSEN.hub_legend, SEVERAL.hub_legend) == ("{{namespace}}", "{{namespace}}, {{k}}")
    assert CHOSEN.hub_columns("Hub") == {"namespace": "Hub"}
    assert list(SEVERAL.hub_columns("Hub").items()) == [("namespace", "Hub"), ("k", "Cluster")]


def test_an_attribution():
    assert CHOSEN.attribution == "${attribution}"
    assert CHOSEN.attributed(SPLIT) == Scope(attribution="share")
