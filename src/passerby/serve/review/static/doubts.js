// What a person should look at: what the check suspects, frames covered whole, and regions that lost what they follow.

import { lostSpans, placesAt } from "./regions.js";

export function doubtsOf(report, edits) {
  const rate = report.frames / Math.max(0.1, report.covered_share_per_second.length);
  const found = (report.leak_check?.spots || []).map((spot) => ({
    first_s: spot.first_s,
    last_s: spot.last_s,
    box: spot.box_px,
    frame: spot.frame, // the one that shows it best, and in which it has this box
    what: `${spot.kind} may be visible (${spot.score.toFixed(2)})`,
  }));
  for (const [index, edit] of [...edits.added, ...edits.visible].entries()) {
    for (const [first_s, last_s] of lostSpans(edit)) {
      found.push({ first_s, last_s, box: null, what: `region ${index + 1} lost what it follows` });
    }
  }
  for (const span of report.covered_whole) {
    const last_s = span.start_s + (span.last_frame - span.first_frame) / rate;
    found.push({ first_s: span.start_s, last_s, box: null, what: `covered whole: ${span.reason}` });
  }
  for (const doubt of found) {
    doubt.how = isAccepted(doubt, edits) ? "accepted" : isCovered(doubt, edits) ? "covered by hand" : "";
    doubt.done = Boolean(doubt.how);
  }
  return found.sort((a, b) => a.first_s - b.first_s);
}

// Whether two doubts are one, though the list was made anew since; a region's number may have changed.
export function isSame(one, other) {
  return one.first_s === other.first_s && one.last_s === other.last_s && String(one.box) === String(other.box) && one.frame === other.frame;
}

const near = (one, two) => Math.abs(one - two) < 0.05;

function isAccepted(doubt, edits) {
  return edits.accepted.some(
    (each) =>
      near(each.first_s, doubt.first_s) &&
      near(each.last_s, doubt.last_s) &&
      (each.box ? doubt.box?.every((edge, i) => Math.abs(edge - each.box[i]) < 2) : !doubt.box),
  );
}

// A spot that cover by hand lies over, for all of its time and with its middle inside, needs no further answer.
function isCovered({ box, first_s, last_s }, edits) {
  if (!box) return false;
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const holds = (places) => places.some((points) => {
    const [xs, ys] = [points.map((at) => at[0]), points.map((at) => at[1])];
    return Math.min(...xs) <= x && x <= Math.max(...xs) && Math.min(...ys) <= y && y <= Math.max(...ys);
  });
  return edits.added.some((each) => {
    if (each.from_s > first_s + 0.05 || each.to_s < last_s - 0.05) return false;
    const found = [first_s, last_s].map((time) => placesAt(each, Math.min(each.to_s, Math.max(each.from_s, time))));
    return found.some((at) => at && holds(at[0]));
  });
}
