/* SPDX-License-Identifier: MIT */
/* A diagram of lines as SVG. Colours are the page's: classes c0 to c5. */
#include "bench_plot.h"
#include <math.h>

#define WIDTH 520.0
#define HEIGHT 300.0
#define LEFT 64.0
#define RIGHT 24.0
#define TOP 28.0
#define BOTTOM 44.0
#define KEY_LINE 16.0

/* A direction's scale: value to place. */
struct scale {
	enum plot_axis axis;
	double low, high, from, to;
};

void plot_text(FILE *file, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*text, file);
		}
}

static double position(enum plot_axis axis, double value)
{
	return axis == PLOT_LINEAR ? value : log10(value);
}

static bool shown(enum plot_axis axis, double value)
{
	return axis == PLOT_LINEAR || value > 0;
}

static double place(const struct scale *scale, double value)
{
	double share = (position(scale->axis, value) - scale->low) / (scale->high - scale->low);

	return scale->from + share * (scale->to - scale->from);
}

/* Distance of the ticks of a linear axis: 1, 2 or 5 times a power of ten, about five of them. */
static double step_of(const struct scale *scale)
{
	double raw = (scale->high - scale->low) / 5, power = pow(10, floor(log10(raw)));
	double lead = raw / power;

	return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

/* The range of all points in one direction, widened to whole ticks. */
static struct scale fit(const struct plot *plot, bool x, double from, double to)
{
	struct scale scale = { .axis = x ? plot->x_axis : plot->y_axis, .low = INFINITY, .high = -INFINITY,
			       .from = from, .to = to };

	for (size_t s = 0; s < plot->series_count; s++)
		for (size_t i = 0; i < plot->series[s].count; i++) {
			double value = x ? plot->series[s].points[i].x : plot->series[s].points[i].y;

			if (!shown(scale.axis, value))
				continue;
			scale.low = fmin(scale.low, position(scale.axis, value));
			scale.high = fmax(scale.high, position(scale.axis, value));
		}
	if (scale.low > scale.high)
		scale.low = scale.high = 0;
	if (scale.axis == PLOT_LINEAR) {
		double step;

		/* heights begin at 0, so that they can be compared */
		scale.low = x ? scale.low : fmin(scale.low, 0);
		scale.high = scale.high > scale.low ? scale.high : scale.low + 1;
		step = step_of(&scale);
		scale.low = floor(scale.low / step) * step;
		scale.high = ceil(scale.high / step) * step;
	} else {
		scale.low = floor(scale.low);
		scale.high = ceil(scale.high) > scale.low ? ceil(scale.high) : scale.low + 1;
	}
	return scale;
}

static void tick_text(const struct scale *scale, double at, char *text, size_t size)
{
	static const char *const powers[] = { "1", "10", "100", "1 k", "10 k", "100 k", "1 M", "10 M", "100 M", "1 G" };

	if (scale->axis == PLOT_LINEAR)
		snprintf(text, size, "%.6g", at);
	else if (scale->axis == PLOT_PERCENTILE)
		snprintf(text, size, "%.*f%%", at > 2 ? (int)at - 2 : 0, 100 * (1 - pow(10, -at)));
	else if (at >= 0 && at < 10)
		snprintf(text, size, "%s", powers[(int)at]);
	else
		snprintf(text, size, "1e%.0f", at);
}

static void write_axes(FILE *file, const struct plot *plot, const struct scale *x, const struct scale *y)
{
	double step_x = x->axis == PLOT_LINEAR ? step_of(x) : 1, step_y = y->axis == PLOT_LINEAR ? step_of(y) : 1;
	char text[32];

	for (double at = x->low; at <= x->high + step_x / 1000; at += step_x) {
		double px = x->from + (at - x->low) / (x->high - x->low) * (x->to - x->from);

		tick_text(x, at, text, sizeof(text));
		fprintf(file, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"middle\">%s</text>\n", px, y->to, y->from, px, y->from + 15, text);
	}
	for (double at = y->low; at <= y->high + step_y / 1000; at += step_y) {
		double py = y->from + (at - y->low) / (y->high - y->low) * (y->to - y->from);

		tick_text(y, at, text, sizeof(text));
		fprintf(file, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"end\">%s</text>\n", x->from, py, x->to, x->from - 6, py + 4, text);
	}
	fprintf(file, "<text x=\"%.1f\" y=\"16\" class=\"title\">", LEFT);
	plot_text(file, plot->title);
	fprintf(file, "</text>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (x->from + x->to) / 2,
		y->from + 34);
	plot_text(file, plot->x_title);
	fprintf(file, "</text>\n<text transform=\"translate(12 %.1f) rotate(-90)\" text-anchor=\"middle\">",
		(y->from + y->to) / 2);
	plot_text(file, plot->y_title);
	fputs("</text>\n", file);
}

static void write_series(FILE *file, const struct plot *plot, const struct plot_series *series, const struct scale *x,
			 const struct scale *y)
{
	char command = 'M';

	fprintf(file, "<path class=\"line c%u%s\" d=\"", series->colour % PLOT_COLOURS, series->dashed ? " "
		"dashed" : "");
	for (size_t i = 0; i < series->count; i++) {
		const struct plot_point *point = &series->points[i];

		if (!shown(plot->x_axis, point->x) || !shown(plot->y_axis, point->y))
			continue;
		fprintf(file, "%c%.1f %.1f", command, place(x, point->x), place(y, point->y));
		command = 'L';
	}
	fputs("\"><title>", file);
	plot_text(file, series->name);
	fputs("</title></path>\n", file);
}

static void write_key(FILE *file, const struct plot *plot)
{
	for (size_t s = 0; s < plot->series_count; s++) {
		const struct plot_series *series = &plot->series[s];
		double y = HEIGHT + KEY_LINE * (double)(s + 1) - 6;

		fprintf(file, "<path class=\"line c%u%s\" d=\"M%.1f %.1fh26\"/><text x=\"%.1f\" y=\"%.1f\">",
			series->colour % PLOT_COLOURS, series->dashed ? " dashed" : "", LEFT, y, LEFT + 34, y + 4);
		plot_text(file, series->name);
		fputs("</text>\n", file);
	}
}

void plot_write(FILE *file, const struct plot *plot)
{
	const struct scale x = fit(plot, true, LEFT, WIDTH - RIGHT), y = fit(plot, false, HEIGHT - BOTTOM, TOP);
	double height = HEIGHT + KEY_LINE * (double)plot->series_count + 4;

	fprintf(file, "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" role=\"img\" aria-label=\"", WIDTH, height, WIDTH);
	plot_text(file, plot->title);
	fputs("\">\n", file);
	write_axes(file, plot, &x, &y);
	for (size_t s = 0; s < plot->series_count; s++)
		write_series(file, plot, &plot->series[s], &x, &y);
	write_key(file, plot);
	fputs("</svg>\n", file);
}
