"use strict";
// Thumbnails, cut from sheets of many.

const pictures = {
  async load() {
    const part = await parts.load("images");
    Object.assign(this, {edge: part.edge, columns: part.columns});
    this.sheets = part.sheets;
    this.urls = new Map();
    const each = this.columns ** 2;
    this.rows = part.sheets.map((_, sheet) => {
      return Math.ceil(Math.min(each, study.images.paths.length - sheet * each) / this.columns);
    });
  },

  // A sheet as a file of the page's own, made when it is first seen: all its thumbnails share one decoded picture.
  url(sheet) {
    if (!this.urls.has(sheet)) {
      this.urls.set(sheet, URL.createObjectURL(new Blob([bytesOf(this.sheets[sheet])], {type: "image/jpeg"})));
      this.sheets[sheet] = null;
    }
    return this.urls.get(sheet);
  },

  // An element that shows an image at `size` CSS pixels; by a click it is chosen.
  thumbnail(image, size, note = "") {
    const each = this.columns ** 2, sheet = Math.floor(image / each), place = image % each;
    const element = document.createElement("button");
    element.type = "button";
    element.className = "thumbnail";
    element.dataset.image = image;
    element.title = [study.images.paths[image], note].filter(Boolean).join("\n");
    element.setAttribute("aria-label", element.title);
    Object.assign(element.style, {
      width: `${size}px`,
      height: `${size}px`,
      backgroundImage: `url(${this.url(sheet)})`,
      backgroundSize: `${this.columns * size}px ${this.rows[sheet] * size}px`,
      backgroundPosition: `${-(place % this.columns) * size}px ${-Math.floor(place / this.columns) * size}px`,
    });
    return element;
  },

  // Thumbnails in rows; beyond `most` a button shows the others.
  gallery(images, size, most = 40) {
    const box = document.createElement("div");
    box.className = "gallery";
    const add = some => box.append(...some.map(image => this.thumbnail(image, size)));
    add(images.slice(0, most));
    if (images.length > most) {
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `and ${(images.length - most).toLocaleString("en-GB")} more`;
      more.onclick = () => { more.remove(); add(images.slice(most)); };
      box.append(more);
    }
    return box;
  },
};

function className(image) {
  return study.images.classes === null ? "" : study.images.class_names[study.images.classes[image]];
}
