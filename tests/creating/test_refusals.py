"""What volleys of 429s say about the quota behind them: windows wherever they lie, and buckets of any burst."""

import itertools
from dataclasses import replace

import pytest

from importer.creating.refusals import read_bucket, read_volley, read_window


class Fixed:
    """``quota`` requests in each second that begins at ``phase``."""

    def __init__(self, quota, phase):
        self.quota, self.phase, self.used = quota, phase, {}

    def takes(self, now):
        number = (now - self.phase) // 1.0
        self.used[number] = self.used.get(number, 0) + 1
        return self.used[number] <= self.quota


class FromTheFirst:
    """``quota`` requests in a second that the first request begins."""

    def __init__(self, quota):
        self.quota, self.begun, self.used = quota, -9.0, 0

    def takes(self, now):
        if now >= self.begun + 1.0:
            self.begun, self.used = now, 0
        self.used += 1
        return self.used <= self.quota


class Sliding:
    def __init__(self, quota):
        self.quota, self.times = quota, []

    def takes(self, now):
        self.times = [at for at in self.times if at > now - 1.0]
        self.times += [now] * (len(self.times) < self.quota)
        return self.times[-1] == now


class Bucket:
    def __init__(self, quota, burst):
        self.quota, self.burst, self.level, self.at = quota, burst, burst, 0.0

    def takes(self, now):
        self.level, self.at = min(self.burst, self.level + (now - self.at) * self.quota), now
        passes = self.level >= 1
        self.level -= passes
        return passes


def stretch(server, since, pace, silence=1.0, latency=0.02):
    """Send at ``pace`` from ``since`` on, until the first refusal has become known."""
    accepted, refused = [], []
    moments = (since + number / pace for number in itertools.count())
    at = since
    while not refused or at < refused[0] + latency:
        at = next(moments)
        (accepted if server.takes(at) else refused).append(at)
    return read_volley(refused, accepted, count=len(accepted), since=since, silence=silence, steady=True)


def two_stretches(server, first=400.0, second=60.0, between=1.7):
    volley = stretch(server, 10.0, first, silence=9.0)
    return [volley, stretch(server, 10.0 + volley.held + between, second)]


@pytest.mark.parametrize("phase", [0.0, 0.05, 0.21, 0.5, 0.77])
def test_a_window_fixed_on_the_servers_clock_is_read_exactly_wherever_it_lies(phase):
    window = read_window(two_stretches(Fixed(30, phase)))
    assert window.sure
    assert window.likely == pytest.approx(30, abs=1)


@pytest.mark.parametrize("server", [Sliding(30), FromTheFirst(30)])
def test_a_window_that_slides_or_begins_with_the_first_request_is_read_exactly(server):
    window = read_window(two_stretches(server))
    assert window.sure
    assert window.likely == 30


def test_one_stretch_that_lay_across_the_windows_edge_leaves_it_open():
    assert not read_window([stretch(Fixed(30, 0.4), 10.0, 40.0, silence=9.0)]).sure


def test_no_window_explains_that_a_faster_pace_passed_than_was_refused():
    small = Bucket(40, burst=4)
    volleys = [stretch(small, 10.0, 400.0, silence=9.0)]
    volleys.append(stretch(small, 12.0, 45.0))
    assert read_window(volleys) is None


def test_no_window_explains_requests_let_through_among_refused_ones():
    volley = stretch(Bucket(40, burst=40), 10.0, 400.0, silence=9.0, latency=0.5)
    assert volley.trickle
    assert read_window([volley]) is None


@pytest.mark.parametrize(("quota", "burst"), [(40, 40), (40, 4), (40, 20), (10, 5)])
def test_a_bucket_of_any_burst_is_read_off_two_stretches(quota, burst):
    server = Bucket(quota, burst)
    volleys = two_stretches(server, first=10.0 * quota, second=1.05 * quota, between=2.0)
    assert read_bucket(volleys) == pytest.approx(quota, rel=0.12)


def test_one_stretch_alone_does_not_tell_a_buckets_rate():
    assert read_bucket([stretch(Bucket(40, burst=4), 10.0, 400.0)]) is None


def test_a_bucket_is_read_off_the_stretch_and_the_silence_before_it():
    volley = read_volley(
        [0.5, 0.51, 0.52], [number / 100 for number in range(50)], count=50, since=0.0, silence=5.0, steady=True
    )
    assert volley.second == 50
    assert volley.bucket == pytest.approx(50.5 / 1.5)
    assert not volley.trickle


def test_what_passes_after_the_last_refusal_is_the_next_window_and_no_bucket():
    volley = read_volley([0.5, 0.51, 0.53], [0.1, 0.2, 0.6], count=3, since=0.0, silence=1.0, steady=True)
    assert not volley.trickle


def test_a_short_silence_has_filled_a_bucket_only_in_part():
    volley = read_volley([2.0], [1.0], count=10, since=0.0, silence=0.1, steady=True)
    assert volley.bucket == pytest.approx(10.5 / 2.1)
    assert not volley.thin


def test_a_short_stretch_after_a_short_silence_tells_nothing():
    assert read_volley([0.1], [0.05], count=1, since=0.0, silence=0.1, steady=True).thin


def test_a_window_begun_by_the_first_request_is_counted_from_its_own_beginning():
    accepted = [0.0, 0.5, 0.95, 1.2, 1.4]
    volley = read_volley([1.9], accepted, count=5, since=0.0, silence=5.0, steady=True)
    assert volley.full[-2] == 2  # from 1.0 on
    assert volley.full[-1] == 3  # the second up to 1.9


def test_a_sliding_window_held_at_least_what_its_fullest_second_did():
    accepted = [number / 100 for number in range(20)] + [2.0, 2.2]
    volley = read_volley([2.5], accepted, count=22, since=0.0, silence=5.0, steady=True)
    assert (volley.full[-1], volley.most[-1]) == (2, 20)


def test_two_readings_of_a_bucket_agree_within_what_half_a_request_makes_of_them():
    volley = stretch(Bucket(40, burst=40), 10.0, 60.0)
    few = replace(volley, bucket=5.3, count=7, held=2.0)
    assert read_bucket([few, replace(few, bucket=4.8)]) == 4.8
    assert read_bucket([replace(few, count=700), replace(few, bucket=4.8, count=700)]) is None


def test_a_stretch_with_several_paces_does_not_tell_a_burst():
    volleys = two_stretches(Bucket(40, burst=40), between=2.0)
    assert read_bucket(volleys) is not None
    assert read_bucket([replace(volleys[0], steady=False), volleys[1]]) is None
