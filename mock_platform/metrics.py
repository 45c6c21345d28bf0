"""Every series of the platform, on the hot path of every request: plain lists with one writer.

The event loop is the only writer, so an observation is a `bisect_left` and two additions: 165 ns against
790-2,110 ns for prometheus_client's own histogram, whose output ours equals. A scrape takes its text in `parts`
and lets requests in between them; each list is copied in one step, so another thread may ask for `exposition` too.
Label sets are closed: routes are templates, outcomes and states are listed below.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.utils import floatToGoString

from mock_platform.metrics_text import HistogramText

REQUEST_BOUNDS_S = (
    *(
        0.0005,
        0.001,
        0.002,
        0.003,
        0.005,
        0.0075,
        0.01,
        0.015,
        0.02,
        0.03,
        0.05,
        0.075,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
    ),
    *(0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
)
"""Steps of at most a factor 2, and every bound that our profiles' objectives speak of is one of them."""

ORDER_OUTCOMES = ("placed", "replayed", "paid", "shipped", "delivered", "cancelled", "expired", "refunded")
PAYMENT_OUTCOMES = ("asked", "posted", "voided", "refunded", "repeated_callback")
PARCEL_STATES = ("created", "picked", "packed", "sorted", "in_transit", "arrived", "delivered", "recalled")
STOCK_STATES = ("free", "held", "sold")
PENDING_KINDS = ("events", "payments", "holds")
FLASH_STATES = ("left", "taken")
COMMIT_STATES = ("waiting", "under_way")
OTHER = "other"
TRAFFIC_KINDS = ("customers", "rehearsal")


class Times:
    """Request times of one route and method, by status. A child is one list: a count per bucket, then the sum."""

    __slots__ = ("bounds_s", "children", "prompt_s")

    def __init__(self, bounds_s: tuple[float, ...]) -> None:
        self.bounds_s = bounds_s
        self.prompt_s = bounds_s[0]
        self.children: dict[int, list[float]] = {}

    def observe(self, status: int, seconds: float) -> None:
        try:
            child = self.children[status]
        except KeyError:
            child = self.children[status] = [0] * (len(self.bounds_s) + 1) + [0.0]
        if seconds <= self.prompt_s:  # as most answers are
            child[0] += 1
        else:
            child[bisect_left(self.bounds_s, seconds)] += 1
        child[-1] += seconds


class Histogram:
    """Request times by route, method and status."""

    def __init__(self, name: str, says: str, bounds_s: tuple[float, ...]) -> None:
        self.name, self.says, self.bounds_s = name, says, bounds_s
        self._times: dict[tuple[str, str], Times] = {}
        self._text = HistogramText(name, says, ("route", "method", "status"), bounds_s)

    def of(self, route: str, method: str) -> Times:
        """What a route's handler holds on to: finding it takes longer than counting."""
        return self._times.setdefault((route, method), Times(self.bounds_s))

    def parts(self) -> Iterator[bytes]:
        """Its lines, which classic text and OpenMetrics write alike."""
        return self._text.parts(self._children())

    def collect(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.says, labels=("route", "method", "status"))
        bounds = [*map(floatToGoString, (*self.bounds_s, float("inf")))]
        for (route, method, status), child in self._children().items():
            *counts, total_s = child.copy()
            family.add_metric((route, method, str(status)), list(zip(bounds, accumulate(counts), strict=True)), total_s)
        return family

    def _children(self) -> dict[tuple[str, str, int], list[float]]:
        return {
            (*asked, status): child
            for asked, times in list(self._times.items())
            for status, child in list(times.children.items())
        }


class Counter:
    """Counts by one label. `values` start at zero, so a first event is seen as a rise; `rare` ones show when counted.

    What is in neither is counted as `other`: a count must never fail the sale it counts.
    """

    def __init__(self, label: str, values: Iterable[str], rare: Iterable[str] = ()) -> None:
        self.label = label
        self.counts = dict.fromkeys(values, 0)
        self._rare = frozenset(rare)

    def expect(self, values: Iterable[str]) -> None:
        """List more values; they start at zero."""
        for value in values:
            self.counts.setdefault(value, 0)

    def count(self, value: str) -> None:
        try:
            self.counts[value] += 1
        except KeyError:
            value = value if value in self._rare else OTHER
            self.counts[value] = self.counts.get(value, 0) + 1

    def collect(self, name: str, says: str) -> Metric:
        family = CounterMetricFamily(name, says, labels=(self.label,))
        for value, count in list(self.counts.items()):
            family.add_metric((value,), count)
        return family


class Gauge:
    """Latest values of a closed set of one label's values."""

    def __init__(self, label: str, values: Iterable[str]) -> None:
        self.label = label
        self.values = dict.fromkeys(values, 0)

    def set(self, **values: int) -> None:
        if unlisted := values.keys() - self.values.keys():
            raise KeyError(f"{', '.join(sorted(unlisted))} is not a {self.label} of this gauge")
        self.values.update(values)

    def collect(self, name: str, says: str) -> Metric:
        family = GaugeMetricFamily(name, says, labels=(self.label,))
        for value, now in self.values.items():
            family.add_metric((value,), now)
        return family


class Metrics:
    """One shop's series and the registry that shows them; two shops in one process share nothing."""

    def __init__(
        self, *, refusal_codes: Iterable[str] = (), fault_kinds: Iterable[str] = (), works: Iterable[str] = ()
    ) -> None:
        codes = tuple(refusal_codes)
        self.requests = Histogram(
            "shop_http_request_duration_seconds", "Time from request read to answer written.", REQUEST_BOUNDS_S
        )
        self.in_flight = 0
        self.traffic = Counter("traffic", TRAFFIC_KINDS)
        self.refused = Counter("reason", codes)
        self.orders = Counter("outcome", ORDER_OUTCOMES, rare=codes)
        self.payments = Counter("outcome", PAYMENT_OUTCOMES, rare=codes)
        self.gmv_fen = 0
        self.parcels = Counter("state", PARCEL_STATES)
        self.stock = Gauge("state", STOCK_STATES)
        self.flash = Gauge("state", FLASH_STATES)
        self.pending = Gauge("kind", PENDING_KINDS)
        self.oldest_payment_s = 0.0
        self.commits = Gauge("state", COMMIT_STATES)
        self.hurt = Counter("kind", fault_kinds)
        self.background_errors = Counter("work", works)
        self.loop_lag_s = 0.0
        self._more: list[Callable[[], Iterable[Metric]]] = []
        self.registry = CollectorRegistry()
        self._rest = CollectorRegistry()
        """All but the requests' histogram, whose ten thousand lines have a writer of their own."""
        # The client adds `_created` series by default, doubling every counter for a figure nobody queries.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry.register(self)
        self._rest.register(_Rest(self))
        ProcessCollector(registry=self._rest)
        PlatformCollector(registry=self._rest)
        GCCollector(registry=self._rest)

    def order(self, outcome: str) -> None:
        """What became of an order, in the words of ORDER_OUTCOMES; each order passes through several."""
        self.orders.count(outcome)

    def payment(self, outcome: str) -> None:
        """What became of a payment, in the words of PAYMENT_OUTCOMES."""
        self.payments.count(outcome)

    def sale(self, amount_fen: int) -> None:
        """An order was paid: gross merchandise value."""
        self.gmv_fen += amount_fen

    def parcel(self, state: str) -> None:
        """A parcel reached this state."""
        self.parcels.count(state)

    def also(self, series: Callable[[], Iterable[Metric]]) -> None:
        """Show a system's own families too."""
        self._more.append(series)

    def collect(self) -> Iterable[Metric]:
        """What prometheus_client's registry asks of a collector: every series as it is now."""
        yield self.requests.collect()
        yield from self.rest()

    def rest(self) -> Iterable[Metric]:
        """Every family of the shop but the requests' histogram; some hundred series."""
        yield GaugeMetricFamily("shop_http_requests_in_flight", "Requests being answered now.", value=self.in_flight)
        yield self.traffic.collect("shop_http_requests", "Requests from customers, and tagged ones from a rehearsal.")
        yield self.refused.collect("shop_refused_requests", "Requests the shop said no to, by error code.")
        yield self.orders.collect("shop_orders", "Orders by what became of them; one order passes through several.")
        yield self.payments.collect("shop_payments", "Payments by what became of them.")
        yield CounterMetricFamily(
            "shop_gmv_yuan", "Value of orders paid, refunds not taken off.", value=self.gmv_fen / 100
        )
        yield self.parcels.collect("shop_parcels", "Parcels by the state they reached.")
        yield self.stock.collect("shop_stock_units", "Units of stock at all places together.")
        yield self.flash.collect("shop_flash_sale_units", "Units of flash sales that are open or were.")
        yield self.pending.collect("shop_pending", "What still moves: events to deliver, payments to settle, holds.")
        oldest = GaugeMetricFamily(
            "shop_pending_oldest_seconds", "Age of the oldest payment the bank has not answered.", labels=("kind",)
        )
        oldest.add_metric(("payments",), self.oldest_payment_s)
        yield oldest
        yield self.commits.collect("shop_commits", "Commits by whether they have a connection of the store's pool yet.")
        yield self.hurt.collect("shop_faults_injected", "Requests and callbacks hurt on purpose.")
        yield self.background_errors.collect(
            "shop_background_errors", "Background work that failed and was tried again."
        )
        yield GaugeMetricFamily(
            "shop_event_loop_lag_seconds", "Worst lateness of a timer in five seconds.", value=self.loop_lag_s
        )
        for series in self._more:
            yield from series()

    def parts(self, accept: str) -> tuple[Iterator[bytes], str]:
        """(pieces of the body, content type) for an Accept header: OpenMetrics or classic text.

        A piece takes about a millisecond at most; whoever asks on the event loop lets others run between two.
        """
        encode: Callable[[CollectorRegistry], bytes]
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:  # how the library takes a version that is not made of numbers
            encode, content_type = choose_encoder("")
        return self._parts(encode), content_type

    def _parts(self, encode: Callable[[CollectorRegistry], bytes]) -> Iterator[bytes]:
        yield from self.requests.parts()
        yield encode(self._rest)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """(body, content type) at once."""
        parts, content_type = self.parts(accept)
        return b"".join(parts), content_type


class _Rest:
    """A collector of all that prometheus_client renders itself."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics.rest()
