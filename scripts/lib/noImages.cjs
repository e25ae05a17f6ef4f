"use strict";

/** Stands in for `sharp` in the bundles: the libraries only touch it for images, which no text needs. */
module.exports = function noImages() {
  throw new Error("Images are not supported.");
};
