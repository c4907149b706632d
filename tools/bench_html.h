/* SPDX-License-Identifier: MIT */
/* The parts of the benchmark's page. Each writes its section, or nothing where it has nothing to show. */
#ifndef TOOLS_BENCH_HTML_H
#define TOOLS_BENCH_HTML_H
#include <stdio.h>
#include "bench.h"

/* The whole page. What could not be written shows in ferror(file). */
void bench_html_write(FILE *file, const struct bench *bench);

/* bench_html_path.c: one signal's way, stage by stage; several signals one below the other. */
void bench_html_path(FILE *file, const struct bench *bench);
void bench_html_singles(FILE *file, const struct bench *bench);
/* bench_html_plots.c */
void bench_html_plots(FILE *file, const struct bench *bench);
void bench_html_scale(FILE *file, const struct bench *bench);
/* bench_html_tables.c */
void bench_html_tables(FILE *file, const struct bench *bench);
void bench_html_comparison(FILE *file, const struct bench *bench);
void bench_html_environment(FILE *file, const struct bench *bench);
#endif
