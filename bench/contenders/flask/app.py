"""The Flask app that payhook replaces: a thread sleeps for each transaction, then marks it."""

import os
import threading
import time
from datetime import datetime

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import IntegrityError

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)


class Transaction(db.Model):
    __tablename__ = "transactions"

    id = db.Column(db.Integer, primary_key=True)
    transaction_id = db.Column(db.String(255), unique=True, nullable=False)
    source_account = db.Column(db.String(255), nullable=False)
    destination_account = db.Column(db.String(255), nullable=False)
    amount = db.Column(db.Float, nullable=False)
    currency = db.Column(db.String(10), nullable=False)
    status = db.Column(db.String(20), nullable=False, default="PROCESSING")
    created_at = db.Column(db.DateTime, nullable=False, default=datetime.utcnow)
    processed_at = db.Column(db.DateTime)

    def to_dict(self):
        return {
            "transaction_id": self.transaction_id,
            "source_account": self.source_account,
            "destination_account": self.destination_account,
            "amount": self.amount,
            "currency": self.currency,
            "status": self.status,
            "created_at": self.created_at.isoformat() + "Z",
            "processed_at": self.processed_at and self.processed_at.isoformat() + "Z",
        }


REQUIRED_FIELDS = ["transaction_id", "source_account", "destination_account", "amount", "currency"]

with app.app_context():
    db.create_all()


def process_transaction(transaction_id):
    time.sleep(30)
    with app.app_context():
        transaction = Transaction.query.filter_by(transaction_id=transaction_id).first()
        if transaction and transaction.status == "PROCESSING":
            transaction.status = "PROCESSED"
            transaction.processed_at = datetime.utcnow()
            db.session.commit()


@app.route("/")
def health():
    return jsonify(status="HEALTHY", current_time=datetime.utcnow().isoformat() + "Z")


@app.route("/v1/webhooks/transactions", methods=["POST"])
def receive_webhook():
    data = request.get_json()
    if not data or not all(data.get(field) for field in REQUIRED_FIELDS):
        return jsonify(message="Missing required fields"), 400
    if Transaction.query.filter_by(transaction_id=data["transaction_id"]).first():
        return jsonify(message="Webhook received"), 202

    db.session.add(Transaction(**{field: data[field] for field in REQUIRED_FIELDS}))
    try:
        db.session.commit()
    except IntegrityError:  # another thread was faster
        db.session.rollback()
        return jsonify(message="Webhook received"), 202
    threading.Thread(
        target=process_transaction, args=(data["transaction_id"],), daemon=True
    ).start()
    return jsonify(message="Webhook received"), 202


@app.route("/v1/transactions/<transaction_id>")
def get_transaction(transaction_id):
    transaction = Transaction.query.filter_by(transaction_id=transaction_id).first()
    if not transaction:
        return jsonify(message="Transaction not found"), 404
    return jsonify(transaction.to_dict())
