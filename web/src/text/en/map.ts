/** The words of the map and floor plans, in English. */
export const map = {
  "map.title": "Map",
  "map.plans": "Floor plans",
  "map.plane": "Floor plan {plan} with its places",
  "map.list": "Places on this plan",
  "map.none": "No place lies on this plan yet. Calibrate a camera, and give its calibration the name of this plan.",
  "map.level": "level {level}",
  "map.crossed": "{into} in, {out} out in the last minute",
  "map.legend": "Level of service by Fruin:",
  "map.arrows":
    "Numbers: persons in a zone now, or across a line in the last minute; wider arrows are more. Grey: no density is measured.",
  "map.empty.title": "There is no floor plan",
  "map.empty.words":
    "Add one under Set-up, Site file, plans: a picture beside the site file, and its scale. Then give calibrations its name.",
  "map.empty.ask": "None is in your view. An administrator of this site can add one.",
  "map.unreadable.title": "The picture of this plan cannot be shown",
  "map.unreadable.words":
    "Its file is absent, or is not a PNG or JPEG. An administrator of this site can correct it under Set-up, Site file, plans.",
  "plan.add": "Add a floor plan",
  "plan.change": "Another picture",
  "plan.change_of": "Another picture for {plan}",
  "plan.name_hint": "Such as: ground floor. Calibrations of cameras name it.",
  "plan.file": "Picture",
  "plan.file_hint": "PNG or JPEG, at most 8 MB. It is stored beside the site file, without anything but its pixels.",
  "plan.preview": "Floor plan with its zero point",
  "plan.origin_hint":
    "Click where 0, 0 m of your calibrations lies, or type it. The lines show the directions of x and y.",
  "plan.width": "Width of the picture, m",
  "plan.origin_x": "Zero point, px from the left",
  "plan.origin_y": "Zero point, px from the top",
  "plan.scale": "{width} × {height} px, {cm} cm a pixel",
  "plan.do": "Use this plan",
  "plan.too_large": "This file is larger than 8 MB. Save it with fewer pixels.",
  "plan.unreadable": "This is not a picture that the browser can read. Choose a PNG or JPEG file.",
  "plan.of_camera": "Floor plan",
  "plan.none": "none",
  "plan.same_metres": "The metres above must match the plan: same zero point, same directions.",
} as const;
