/* SPDX-License-Identifier: MIT */
/* The benchmark's page: one file that needs nothing else. */
#include "bench_html.h"
#include "bench_plot.h"

/* Colours that are told apart by everybody (Okabe and Ito), on light and on dark paper. */
static const char style[] =
	":root{--paper:#fff;--ink:#1a1a1a;--faint:#767676;--grid:#e3e3e3;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;"
	"--c3:#b0508c;--c4:#8a6d00;--c5:#3a93c4}\n"
	"@media(prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#e6e6e6;--faint:#9a9a9a;--grid:#33373c;"
	"--c0:#56b4e9;--c1:#ff8a3d;--c2:#2fc79a;--c3:#e08cc0;--c4:#e6c229;--c5:#9ad2f2}}\n"
	"body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1120px;"
	"margin:2em auto;padding:0 1em}\n"
	"h1{font-size:1.7em}h2{margin-top:2em;border-bottom:1px solid var(--grid)}\n"
	"table{border-collapse:collapse;font-size:12.5px;display:block;overflow-x:auto}\n"
	"td,th{padding:2px 7px;text-align:left;border-bottom:1px solid var(--grid);white-space:nowrap}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums}\n"
	".note{border-left:4px solid var(--c1);padding:.2em 1em}\n"
	".slower td{color:var(--c1);font-weight:600}.faster td{color:var(--c2);font-weight:600}\n"
	"svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}\n"
	"svg .over{paint-order:stroke;stroke:var(--paper);stroke-width:5px}svg .title{font-weight:600}svg "
	".faint{fill:var(--faint)}svg .in{fill:#fff;font-size:11px}\n"
	".grid,.lane{stroke:var(--grid);fill:none}.lane{stroke:var(--faint);stroke-width:2}\n"
	".line,.way{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 4;opacity:.75}marker path{fill:var(--faint)}\n"
	".pair{display:flex;flex-wrap:wrap;gap:1em;margin:1em 0}\n"
	".c0,.k0{stroke:var(--c0)}.c1,.k1{stroke:var(--c1)}.c2,.k2{stroke:var(--c2)}.c3,.k3{stroke:var(--c3)}"
	".c4,.k4{stroke:var(--c4)}.c5,.k5{stroke:var(--c5)}\n"
	".s0{fill:#0072b2}.s1{fill:#d55e00}.s2{fill:#008060}.s3{fill:#a04580}.s4{fill:#d55e00}.s5{fill:#2a7fb0}\n";

static void write_clocks(FILE *file, const struct bench *bench)
{
	char link[100];

	if (bench->simulated)
		fprintf(file, "<p class=\"note\">This card is simulated. <b>card</b> and <b>model</b> are exact "
			"cycles of its clock, the same on every machine, and nanoseconds at %u MHz over %s; the host "
			"in it takes no time. <b>wall</b> is this machine's clock: it says how fast the simulation "
			"runs here, and nothing about the latency of a card.</p>\n", bench->info.clock_mhz,
			bench_link_text(bench, link, sizeof(link)));
	else if (!bench_is_board(bench->info.url))
		fputs("<p class=\"note\">The card is another process, likely a simulation. <b>card</b> is exact "
			"cycles of "
		      "its clock; <b>wall</b> says how fast that process runs here, and nothing about the latency of a "
		      "card.</p>\n", file);
	else
		fputs("<p class=\"note\"><b>card</b> is exact cycles of the card's own stamps, <b>wall</b> this "
			"machine's "
		      "clock.</p>\n", file);
	if (bench_in_vm())
		fputs("<p class=\"note\">This machine is itself virtual: waking a processor that sleeps costs tens of "
		      "microseconds, and its host may take it away at any time. Of the wall's clock, compare "
		      "ratios within "
		      "this run, with care.</p>\n", file);
	if (bench->interrupted)
		fputs("<p class=\"note\">The run was interrupted: what had not been measured is missing.</p>\n", file);
}

void bench_html_write(FILE *file, const struct bench *bench)
{
	fprintf(file, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\"/>\n<title>hvbell "
		"bench</title>\n<style>\n%s</style>\n</head>\n"
		"<body>\n<h1>How long a signal takes</h1>\n<p>Card <b>", style);
	plot_text(file, bench->info.url);
	fprintf(file, "</b>, delivery %s, %u AtomicOps in flight; hvbell %s.</p>\n", bench->info.mode, bench->info.tags,
		HVBELL_VERSION);
	write_clocks(file, bench);
	bench_html_path(file, bench);
	bench_html_singles(file, bench);
	bench_html_comparison(file, bench);
	bench_html_plots(file, bench);
	bench_html_scale(file, bench);
	bench_html_tables(file, bench);
	bench_html_environment(file, bench);
	fputs("</body>\n</html>\n", file);
}
