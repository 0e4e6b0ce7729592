// The covered copy: frame by frame, at any speed, zoomed. If the reviewer opened their original, it takes turns with it.
// All times are the recording's own. Browsers count from a file's first picture or sound; `shift` is the difference.

export class Player {
  constructor(video, original, view) {
    Object.assign(this, { video, original, view, times: [], shift: 0, originalShift: 0, hasOriginal: false, zoom: 1, shiftX: 0, shiftY: 0, onframe: () => {} });
    for (const name of ["seeked", "timeupdate", "loadeddata"]) video.addEventListener(name, () => this.show());
    if (video.requestVideoFrameCallback) {
      const next = () => {
        this.show();
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    }
  }

  get time() {
    return this.video.currentTime + this.shift;
  }

  // Takes the times of all frames, once the copy is loaded.
  async take(times) {
    this.times = times;
    this.shift = await shiftOf(this.video, times[0]);
  }

  get frame() {
    return this.frameAt(this.time);
  }

  frameAt(time) {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[middle] <= time + 1e-4) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  timeOf(index) {
    return this.times[index] ?? this.time;
  }

  // When the next frame begins; the last one lasts as long as the one before it.
  endOf(index) {
    const { times } = this;
    return times[index + 1] ?? times[index] + (index > 0 ? times[index] - times[index - 1] : 0.04);
  }

  // When the last frame ends, in the recording's own times.
  get end() {
    return this.times.length ? this.endOf(this.times.length - 1) : this.video.duration || 0.1;
  }

  get begin() {
    return this.times[0] ?? 0;
  }

  get frameEnd() {
    return this.endOf(this.frame);
  }

  // The time that the edits file has for what is shown.
  get frameTime() {
    return this.times.length ? this.times[this.frame] : this.time;
  }

  show() {
    const beneath = this.time - this.originalShift;
    if (!this.original.hidden && Math.abs(this.original.currentTime - beneath) > 0.02) this.original.currentTime = beneath;
    this.onframe(this.frameTime);
  }

  seek(time) {
    this.video.currentTime = Math.max(0, Math.min(time, this.end) - this.shift);
  }

  seekFrame(index) {
    const at = Math.max(0, Math.min(index, this.times.length - 1));
    const after = this.times[at + 1] ?? this.times[at] + 0.02;
    this.video.pause();
    this.seek(this.times[at] + (after - this.times[at]) / 4); // inside the frame, not on its edge
  }

  step(by) {
    this.seekFrame(this.frame + by);
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {}); // paused again before it began
    else this.video.pause();
  }

  zoomBy(factor) {
    this.zoom = Math.min(16, Math.max(1, this.zoom * factor));
    this.move(0, 0);
  }

  move(x, y) {
    const most = (this.zoom - 1) / 2;
    this.shiftX = Math.min(most, Math.max(-most, this.shiftX + x));
    this.shiftY = Math.min(most, Math.max(-most, this.shiftY + y));
    const { width, height } = this.view.getBoundingClientRect();
    const how = `translate(${this.shiftX * width}px, ${this.shiftY * height}px) scale(${this.zoom})`;
    for (const child of this.view.children) child.style.transform = how;
  }

  openOriginal(file, opened, failed) {
    this.closeOriginal();
    const fail = () => {
      this.closeOriginal();
      failed();
    };
    this.original.onerror = fail;
    this.original.onloadeddata = async () => {
      this.original.onloadeddata = null;
      if (!this.original.videoWidth) return fail(); // the browser can only play its sound
      this.originalShift = await shiftOf(this.original, this.times[0]);
      this.hasOriginal = true;
      this.showOriginal(true);
      return opened();
    };
    this.original.src = URL.createObjectURL(file);
  }

  showOriginal(shown) {
    this.original.hidden = !shown;
    this.show();
  }

  closeOriginal() {
    if (this.original.src) URL.revokeObjectURL(this.original.src);
    this.original.onerror = this.original.onloadeddata = null;
    this.original.removeAttribute("src");
    this.original.hidden = true;
    this.hasOriginal = false;
  }
}

// What to add to a video's own time for the recording's: found by looking at which time its first picture has.
async function shiftOf(video, first) {
  if (!(first > 1e-3) || !video.requestVideoFrameCallback) return 0;
  const shown = new Promise((resolve) => { video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime)); });
  video.currentTime = 0;
  return first - await shown;
}
