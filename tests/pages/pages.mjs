// The tests of the pages, from what they are for to what they look like.
import "./forms.mjs";
import "./ticket.mjs";
import "./looks.mjs";
import "./documents.mjs";
