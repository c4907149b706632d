/* SPDX-License-Identifier: MIT */
/* A diagram of lines as SVG, for the benchmark's page. */
#ifndef TOOLS_BENCH_PLOT_H
#define TOOLS_BENCH_PLOT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How the values of an axis lie and are written. PERCENTILE: 1 / (1 - share), written as percent. */
enum plot_axis { PLOT_LINEAR, PLOT_LOG, PLOT_PERCENTILE };

struct plot_point {
	double x, y;
};

struct plot_series {
	char name[100];
	struct plot_point *points;
	size_t count;
	unsigned colour;                /* of the page's palette: PLOT_COLOURS */
	bool dashed;
};

#define PLOT_COLOURS 6u

struct plot {
	const char *title, *x_title, *y_title;
	enum plot_axis x_axis, y_axis;
	struct plot_series *series;
	size_t series_count;
};

/* Writes the diagram, its key below it. Points that an axis cannot show (0 on a logarithmic one) are left out. */
void plot_write(FILE *file, const struct plot *plot);
/* Writes text where HTML and SVG take it. */
void plot_text(FILE *file, const char *text);
#endif
