/* SPDX-License-Identifier: MIT
 *
 * The few shapes that the drawings of a page are made of.
 */
#include "html.h"

void
svg_begin(FILE *out, const char *class, unsigned id, int height, const char *title,
          const char *description)
{
	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" role=\"img\" width=\"100%%\" "
	        "height=\"%d\" aria-labelledby=\"%s%u-title %s%u-desc\">\n<title id=\"%s%u-title\">",
	        class, height, class, id, class, id, class, id);
	text_put_xml(out, title, false);
	fprintf(out, "</title><desc id=\"%s%u-desc\">", class, id);
	text_put_xml(out, description, false);
	fputs("</desc>\n", out);
}

void
svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void
svg_line(FILE *out, const char *class, double x1, double y1, double x2, double y2)
{
	fprintf(out, "<line class=\"%s\" x1=\"%.2f%%\" y1=\"%.1f\" x2=\"%.2f%%\" y2=\"%.1f\"/>\n", class,
	        x1, y1, x2, y2);
}

void
svg_text(FILE *out, const char *class, double x, double y, const char *text)
{
	fprintf(out, "<text class=\"%s\" x=\"%.2f%%\" y=\"%.1f\">", class, x, y);
	text_put_xml(out, text, false);
	fputs("</text>\n", out);
}

void
svg_definitions(FILE *out)
{
	static const char *const heads[][2] = {
		{"head", "M0 0L10 5L0 10z"},
		{"head-fin", "M0 0L10 5L0 10z"},
		{"head-bad", "M0 0L10 5L0 10z"},
		{"lost", "M1 1L9 9M9 1L1 9"},
		{"source", "M1 5A4 4 0 1 1 9 5A4 4 0 1 1 1 5z"},
	};

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"definitions\" width=\"0\" height=\"0\" "
	      "aria-hidden=\"true\"><defs>\n", out);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		fprintf(out, "<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"%s\" refY=\"5\" markerWidth=\"10\" "
		             "markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"%s\"/>"
		             "</marker>\n",
		        heads[i][0], i < 3 ? "10" : "5", heads[i][1]);
	fputs("</defs></svg>\n", out);
}

void
svg_spread(double *at, size_t count, double gap, double bottom)
{
	for (size_t i = 1; i < count; i++)
		if (at[i] < at[i - 1] + gap)
			at[i] = at[i - 1] + gap;
	if (count > 0 && at[count - 1] > bottom)
		at[count - 1] = bottom;
	for (size_t i = count; i-- > 1;)
		if (at[i - 1] > at[i] - gap)
			at[i - 1] = at[i] - gap;
}
